/** Passwords as Linux keeps them: the scheme's own examples, and what keeps two hashes of one password apart. */
import { expect, it } from "vitest";
import { passwordHash } from "../../runtime/rest/passwordHash.ts";

it("a hash is that of the published example of SHA-512 crypt", () => {
  expect(passwordHash("Hello world!", "saltstring")).toBe(
    "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1",
  );
});

it("two hashes of one password differ by their salts, and tell nothing of its length", () => {
  const hashes = ["short", "short", "a password of many more characters than one block of the scheme holds ünd €"].map(
    (password) => passwordHash(password),
  );
  expect(new Set(hashes).size).toBe(3);
  for (const hash of hashes) expect(hash).toMatch(/^\$6\$[./0-9A-Za-z]{16}\$[./0-9A-Za-z]{86}$/);
});
