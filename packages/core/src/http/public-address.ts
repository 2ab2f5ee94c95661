import { BlockList, isIP } from "node:net";

/**
 * What is not the public internet: IANA's special-purpose registries for IPv4 and IPv6 (RFC 6890 and its updates).
 * IPv6 is the other way round: only global unicast (2000::/3) is public, less what is special inside it.
 */
const IPV4 = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.31.196.0/24",
  "192.52.193.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "192.175.48.0/24",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
] as const;
/** Teredo and ORCHID, documentation, 6to4 (which embeds any IPv4 address), segment routing. */
const IPV6 = ["2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"] as const;

const special = new BlockList();
for (const range of IPV4) add(range, "ipv4");
for (const range of IPV6) add(range, "ipv6");
const globalUnicast = new BlockList();
globalUnicast.addSubnet("2000::", 3, "ipv6");

/** True for an address that anybody on the internet could be reached at. What is no address is not. */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !special.check(address, "ipv4");
    case 6:
      // Mapped and translated IPv4 addresses lie outside 2000::/3, and are refused with the rest.
      return globalUnicast.check(address, "ipv6") && !special.check(address, "ipv6");
    default:
      return false;
  }
}

function add(range: string, family: "ipv4" | "ipv6"): void {
  const [net = "", bits = ""] = range.split("/");
  special.addSubnet(net, Number(bits), family);
}
