import { createHmac } from "node:crypto";
import type { ZoomFile, ZoomMeeting } from "./account.ts";

/** Which file an address stands for. */
export interface FileAddress {
  readonly accountId: string;
  readonly uuid: string;
  readonly fileId: string;
  readonly generation: number;
  /** Epoch ms. */
  readonly issuedAt: number;
  /** The address itself is the leave to download, as on the vendor's file hosts. */
  readonly open: boolean;
}

export interface FileAddresses {
  write(address: FileAddress): string;
  read(token: string): FileAddress | undefined;
}

/** Addresses carry what they stand for, signed, so that none can be guessed. */
export function fileAddresses(secret: string): FileAddresses {
  const sign = (text: string) => createHmac("sha256", `${secret}:files`).update(text).digest("base64url");
  return {
    write(address) {
      const text = Buffer.from(JSON.stringify(address)).toString("base64url");
      return `${text}.${sign(text)}`;
    },
    read(token) {
      const [text = "", mac] = token.split(".");
      if (mac !== sign(text)) return undefined;
      return JSON.parse(Buffer.from(text, "base64url").toString()) as FileAddress;
    },
  };
}

/** Where a file may be downloaded, as told to whom. */
export type DownloadPath = "/rec/download" | "/rec/webhook_download" | "/rec/meeting/transcript/download";

export interface Links {
  download(path: DownloadPath, meeting: ZoomMeeting, file: ZoomFile): string;
  play(meeting: ZoomMeeting, file: ZoomFile): string;
  share(meeting: ZoomMeeting): string;
}

export function linksFor(origin: string, accountId: string, addresses: FileAddresses, now: number): Links {
  return {
    download: (path, { uuid }, { generation, id: fileId }) =>
      `${origin}${path}/${addresses.write({ accountId, uuid, fileId, generation, issuedAt: now, open: false })}`,
    play: ({ uuid }, { id }) => `${origin}/rec/play/${Buffer.from(`${uuid}:${id}`).toString("base64url")}`,
    share: ({ uuid }) => `${origin}/rec/share/${Buffer.from(uuid).toString("base64url")}`,
  };
}
