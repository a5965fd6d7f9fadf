import { compareText } from "../../base/finding.ts";
import { sha256Hex } from "../../base/sha256.ts";

/**
 * Divides `shares` among `members`, so that the numbers differ by one at most. A share stays with its holder as long as
 * that is a member and has no more than its part; every other goes to the member that ranks highest for it (rendezvous
 * hashing) and has room. So shares move only when a member has gone, or has more than its part.
 *
 * Deterministic: members that see the same state come to the same result. `members` must not be empty.
 */
export function divideShares(
  shares: readonly string[],
  members: readonly string[],
  holders: ReadonlyMap<string, string>,
): Map<string, string> {
  const floor = Math.floor(shares.length / members.length);
  // The others may have one more than the rest.
  let larger = shares.length % members.length;
  const counts = new Map(members.map((member) => [member, 0]));
  const result = new Map<string, string>();
  const give = (share: string, member: string): boolean => {
    const count = counts.get(member);
    if (count === undefined || count > floor || (count === floor && larger === 0)) return false;
    if (count === floor) larger--;
    counts.set(member, count + 1);
    result.set(share, member);
    return true;
  };
  const sorted = [...shares].sort(compareText);
  // Of a holder with too many, those stay for which it ranks highest.
  const held = sorted.filter((share) => counts.has(holders.get(share) ?? ""))
    .sort((a, b) => rankOf(a, holders.get(a)!, members) - rankOf(b, holders.get(b)!, members));
  for (const share of held) give(share, holders.get(share)!);
  for (const share of sorted) {
    if (result.has(share)) continue;
    for (const member of ranking(share, members)) if (give(share, member)) break;
  }
  return result;
}

/** Members in the order in which they rank for a share. */
function ranking(share: string, members: readonly string[]): string[] {
  return members.map((member) => ({ member, weight: sha256Hex(`${share}\n${member}`) }))
    .sort((a, b) => compareText(b.weight, a.weight)).map(({ member }) => member);
}

function rankOf(share: string, member: string, members: readonly string[]): number {
  return ranking(share, members).indexOf(member);
}
