import type { VendorAccount } from "@halo/core";

/**
 * An account has two worlds, which never meet (T09): the one for tests is another account to Halo, so that a key of the
 * other mode is refused like one of another account, and an event of it finds nobody.
 */
const TEST = ":test";

export const accountId = (id: string, livemode: boolean): string => (livemode ? id : `${id}${TEST}`);

export const isLive = ({ id }: Pick<VendorAccount, "id">): boolean => !id.endsWith(TEST);
