/** The network model by itself: addresses and prefixes, the rule that decides, ways in, and the book of places. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Pool } from "../../runtime/core/pool.ts";
import {
  addressNumber,
  addressText,
  contains,
  isWithin,
  nodeAddresses,
  overlap,
  parsePrefix,
  usableAddresses,
} from "../../runtime/providers/network/addresses.ts";
import { type Documents, parseSubnetId, VIRTUAL_NETWORK } from "../../runtime/providers/network/documents.ts";
import { isClosed, mayEnter } from "../../runtime/providers/network/frontEnds.ts";
import { Placement } from "../../runtime/providers/network/placement.ts";
import { decide, isPortRange, type SecurityRule, type Traffic } from "../../runtime/providers/network/securityRules.ts";

describe("addresses", () => {
  it("numbers and texts of addresses are the same thing", () => {
    fc.assert(
      fc.property(fc.nat(2 ** 32 - 1), (number) => {
        expect(addressNumber(addressText(number))).toBe(number);
      }),
    );
  });

  it.each([
    "",
    "1.2.3",
    "1.2.3.256",
    "1.2.3.4.5",
    "a.b.c.d",
    "10.0.0.1/24",
    "10.0.0.0/33",
    "10.0.0.0/-1",
    "::1/64",
    " 10.0.0.0/8",
  ])("%j is no prefix", (text) => {
    expect(parsePrefix(text)).toBeUndefined();
  });

  it("a subnet keeps five addresses for the platform: a /29 has three for nodes, what is smaller has none", () => {
    const prefix = (text: string) => parsePrefix(text)!;
    expect([...nodeAddresses(prefix("10.0.0.8/29"))]).toEqual(["10.0.0.12", "10.0.0.13", "10.0.0.14"]);
    for (const length of [24, 28, 29, 30, 31, 32]) {
      const subnet = prefix(`10.0.0.0/${length}`);
      expect([...nodeAddresses(subnet)]).toHaveLength(usableAddresses(subnet));
    }
    expect(contains(prefix("10.0.0.0/8"), prefix("10.255.255.255"))).toBe(true);
    expect(overlap(prefix("10.0.0.0/25"), prefix("10.0.0.128/25"))).toBe(false);
    expect(isWithin("::ffff:127.0.0.1", prefix("127.0.0.0/8"))).toBe(true);
  });

  it("the id of a subnet is a resource id of either kind of network, in any case", () => {
    const id = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ClassicNetwork/virtualNetworks/n/subnets/a";
    expect(parseSubnetId(id)).toEqual({ networkId: id.replace("/subnets/a", ""), subscriptionId: "s", subnet: "a" });
    expect(parseSubnetId(id.toUpperCase())).toBeDefined();
    for (const wrong of ["", id.replace("Classic", "Other"), `${id}/b`, id.replace("/n/", "//"), "x".repeat(5000)])
      expect(parseSubnetId(wrong)).toBeUndefined();
  });
});

describe("security rules", () => {
  const rule = (name: string, priority: number, access: "Allow" | "Deny", more: Partial<SecurityRule> = {}): SecurityRule => ({
    name,
    priority,
    access,
    direction: "Inbound",
    protocol: "Tcp",
    sourceAddressPrefixes: ["*"],
    destinationPortRanges: ["*"],
    ...more,
  });
  const traffic: Traffic = { port: 29_876, protocol: "Tcp", source: "127.0.0.1", tags: ["BatchNodeManagement"] };

  it("P-175: the lowest priority that matches decides, in whatever order the rules are given", () => {
    const rules = [rule("b", 300, "Allow"), rule("a", 200, "Deny"), rule("c", 400, "Allow")];
    fc.assert(
      fc.property(fc.shuffledSubarray(rules, { minLength: 1 }), (given) => {
        const first = [...given].sort((x, y) => x.priority - y.priority)[0];
        expect(decide(given, traffic)).toEqual({ access: first.access, rule: first.name, priority: first.priority });
      }),
    );
  });

  it("a rule matches by port, protocol, source and direction; behind all rules stands one that denies", () => {
    const only = (more: Partial<SecurityRule>) => decide([rule("r", 100, "Allow", more)], traffic).rule;
    expect(decide([], traffic)).toEqual({ access: "Deny", rule: "DenyAllInBound", priority: 65_500 });
    expect(only({ destinationPortRanges: ["22", "29000-30000"] })).toBe("r");
    expect(only({ destinationPortRanges: ["22", "30000-30001"] })).toBe("DenyAllInBound");
    expect(only({ protocol: "Udp" })).toBe("DenyAllInBound");
    expect(only({ protocol: "*" })).toBe("r");
    expect(only({ direction: "Outbound" })).toBe("DenyAllInBound");
    expect(only({ sourceAddressPrefixes: ["BatchNodeManagement.WestEurope"] })).toBe("r");
    expect(only({ sourceAddressPrefixes: ["10.0.0.0/8", "127.0.0.0/8"] })).toBe("r");
    expect(only({ sourceAddressPrefixes: ["__proto__", "Storage"] })).toBe("DenyAllInBound");
  });

  it.each(["", "-", "1-", "65536", "2-1", "1-2-3", "http", "*-5"])("%j is no port range", (text) => {
    expect(isPortRange(text)).toBe(false);
  });
});

describe("ways in", () => {
  const rule = (priority: number, access: string, sourceAddressPrefix: string) => ({ priority, access, sourceAddressPrefix });
  const from = (address: string) => ({ address, port: 40_000 });

  it("without rules everybody may come in; rules that match nobody let nobody in", () => {
    expect(mayEnter({ rules: [] }, from("10.1.1.1"))).toBe(true);
    expect(mayEnter({ rules: [rule(200, "allow", "10.2.0.0/16")] }, from("10.1.1.1"))).toBe(false);
    const some = { rules: [rule(300, "deny", "*"), rule(200, "allow", "10.1.0.0/16")] };
    expect(mayEnter(some, from("10.1.1.1"))).toBe(true);
    expect(mayEnter(some, from("10.2.1.1"))).toBe(false);
  });

  it("a way in counts as closed exactly when its rules let no source in", () => {
    const prefix = fc.constantFrom("*", "10.1.0.0/16", "10.2.0.0/16", "10.1.1.1");
    const rules = fc.uniqueArray(
      fc.record({ priority: fc.nat(9), access: fc.constantFrom("allow", "deny"), sourceAddressPrefix: prefix }),
      {
        selector: ({ priority }) => priority,
        maxLength: 5,
      },
    );
    const sources = ["10.1.1.1", "10.1.2.2", "10.2.1.1", "10.3.1.1"].map(from);
    fc.assert(
      fc.property(rules, (given) => {
        // A rule that an earlier one hides may make it say open; it never says closed where somebody may come in.
        if (isClosed({ rules: given })) expect(sources.some((source) => mayEnter({ rules: given }, source))).toBe(false);
      }),
    );
  });
});

describe("the book of places", () => {
  const network = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/n";
  const documents: Documents = {
    get: (kind, key) =>
      kind === VIRTUAL_NETWORK && key === network.toLowerCase()
        ? { subnets: [{ name: "a", addressPrefix: "10.0.0.0/28" }] }
        : undefined,
    list: () => [],
  };
  const pool = (key: string, enableInterNodeCommunication: boolean, inSubnet: boolean) =>
    ({
      key,
      spec: {
        enableInterNodeCommunication,
        opaque: inSubnet ? { networkConfiguration: { subnetId: `${network}/subnets/a` } } : {},
      },
    }) as unknown as Pool;

  it("P-141, P-173: whatever comes and goes, no address is given twice, no cluster holds too many, and pools that talk stay in one", () => {
    const pools = [pool("p", true, true), pool("q", false, true), pool("r", true, false), pool("s", false, false)];
    const step = fc.record({ pool: fc.nat(3), node: fc.nat(9), leaves: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const book = new Placement({ clusterNodes: 3, nodesMax: 12, documents: () => documents });
        const placed = new Map<string, { pool: number; cluster?: string; address?: string }>();
        for (const { pool: which, node, leaves } of steps) {
          const name = `${which}.${node}`;
          if (leaves) {
            book.release("a", name);
            placed.delete(name);
          } else if (!placed.has(name)) {
            const place = book.take("a", name, pools[which]);
            if (!("code" in place)) placed.set(name, { pool: which, ...place });
          }
          const all = [...placed.values()];
          const addresses = all.flatMap(({ address }) => address ?? []);
          expect(new Set(addresses).size).toBe(addresses.length);
          for (const cluster of new Set(all.map((each) => each.cluster)))
            expect(all.filter((each) => each.cluster === cluster).length).toBeLessThanOrEqual(3);
          for (const talking of [0, 2])
            expect(new Set(all.flatMap((each) => (each.pool === talking ? [each.cluster] : []))).size).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 200 },
    );
  });
});
