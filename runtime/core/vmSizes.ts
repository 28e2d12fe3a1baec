/**
 * Cores of a VM size, for names of the general form `standard_d4_v3`: in most families the number in the name is the number of cores. The first
 * families counted sizes instead; those stand in a table. Source: the sizes pages of the cloud's documentation of about 2018.
 */

const NUMBERED: Readonly<Record<string, number>> = {
  extrasmall: 1,
  small: 1,
  medium: 2,
  large: 4,
  extralarge: 8,
  a0: 1,
  a1: 1,
  a2: 2,
  a3: 4,
  a4: 8,
  a5: 2,
  a6: 4,
  a7: 8,
  a8: 8,
  a9: 16,
  a10: 8,
  a11: 16,
  d1: 1,
  d2: 2,
  d3: 4,
  d4: 8,
  d5: 16,
  d11: 2,
  d12: 4,
  d13: 8,
  d14: 16,
  d15: 20,
  g1: 2,
  g2: 4,
  g3: 8,
  g4: 16,
  g5: 32,
};

/** Family, number, letters, constrained number of cores (`ds13-4_v2`), model in the middle (`nc24ads_a100`), version. */
const FORM = /^(?:standard_|basic_)?([a-z]+?)s?(\d+)(?:-(\d+))?[a-z]*(?:_[a-z]+\d*)*?(?:_v(\d+))?$/;

/** Cores of a node of this size; undefined for a name that says nothing known. Names are compared without case. */
export function coresOf(vmSize: string): number | undefined {
  const name = vmSize.toLowerCase();
  const plain = name.replace(/^(?:standard|basic)_/, "");
  if (Object.hasOwn(NUMBERED, plain)) return NUMBERED[plain];
  const match = FORM.exec(name);
  if (match === null) return undefined;
  const [, family, digits, constrained, version = "1"] = match;
  // `d4` has 8 cores and `d4_v2` too, `d4_v3` has 4.
  const counted = (family === "d" || family === "g") && Number(version) <= 2;
  if (constrained === undefined && counted && Object.hasOwn(NUMBERED, `${family}${digits}`))
    return NUMBERED[`${family}${digits}`];
  const cores = Number(constrained ?? digits);
  return cores >= 1 && cores <= 1024 ? cores : undefined;
}
