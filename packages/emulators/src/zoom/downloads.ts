import { bearerOf } from "../exchange.ts";
import { emptyReply, jsonReply, type Reply } from "../reply.ts";
import type { ZoomAccount, ZoomFile, ZoomMeeting } from "./account.ts";
import type { FileAddress, FileAddresses } from "./files.ts";
import type { ZoomBehaviour } from "./options.ts";
import { hasScope } from "./scopes.ts";
import type { ZoomTokens } from "./tokens.ts";

const PATH = /^\/(?:rec\/(?:download|webhook_download|meeting\/transcript\/download)|file)\/([\w.-]+)$/;

/** Whether a path is one under which files lie. */
export const isDownload = (pathname: string): boolean => PATH.test(pathname);

export interface DownloadContext {
  readonly accounts: ReadonlyMap<string, ZoomAccount>;
  readonly addresses: FileAddresses;
  readonly behaviour: ZoomBehaviour;
  readonly tokens: ZoomTokens;
  readonly now: number;
}

export interface Download {
  readonly reply: Reply;
  readonly meeting: ZoomMeeting | undefined;
  readonly file: ZoomFile | undefined;
}

const LOGIN_PAGE =
  "<!doctype html><html><head><title>Sign In | Zoom</title></head><body><h1>Sign In</h1></body></html>";
const html = (status: number, body: string): Reply => ({
  status,
  headers: { "content-type": "text/html;charset=utf-8" },
  body,
});

/** A file, where it was moved, or why not. */
export function answerDownload(request: Request, url: URL, context: DownloadContext): Download {
  const address = context.addresses.read(PATH.exec(url.pathname)?.[1] ?? "");
  const account = context.accounts.get(address?.accountId ?? "");
  const meeting = account?.meetings.get(address?.uuid ?? "");
  const file = meeting?.recording?.files.find(({ id }) => id === address?.fileId);
  const found = { meeting, file };
  if (!address || !account || !meeting || !file || isDead(meeting, file, address, context)) {
    return {
      ...found,
      reply: html(context.behaviour.deadUrlStatus, "<h1>This link is no longer valid (3,301)</h1>"),
    };
  }
  if (address.open) return { ...found, reply: fileReply(file) };
  if (!mayDownload(request, url, account, meeting, context))
    return { ...found, reply: refusal(context.behaviour) };
  const moved = movedTo(address, url, context);
  return { ...found, reply: moved ?? fileReply(file) };
}

function isDead(
  { recording }: ZoomMeeting,
  file: ZoomFile,
  { generation, issuedAt }: FileAddress,
  { behaviour, now }: DownloadContext,
): boolean {
  return (
    recording?.trashedAt !== undefined ||
    file.dead ||
    file.status !== "completed" ||
    generation !== file.generation ||
    now >= issuedAt + behaviour.downloadUrlMs
  );
}

/** guess: the body of a refusal. */
const refusal = ({ refusedDownload }: ZoomBehaviour): Reply =>
  refusedDownload === "html"
    ? html(200, LOGIN_PAGE)
    : jsonReply(401, { status: false, errorCode: 401, errorMessage: "Forbidden", result: null });

/** By a person's token, by the one that came with the event, or by the one of the meeting's recordings. */
function mayDownload(
  request: Request,
  url: URL,
  account: ZoomAccount,
  meeting: ZoomMeeting,
  { now, tokens }: DownloadContext,
): boolean {
  const token = bearerOf(request) ?? url.searchParams.get("access_token") ?? "";
  const leave = tokens.readDownload(token, now);
  // What only its owner may see is not given away by a token that names no person.
  if (leave)
    return leave.accountId === account.id && leave.uuid === meeting.uuid && !meeting.recording?.isPrivate;
  const { grant, state } = tokens.readAccess(token, now);
  if (!grant || state !== "live" || grant.accountId !== account.id) return false;
  const own = grant.kind === "user" && grant.userId === meeting.hostId;
  if (meeting.recording?.isPrivate) return own;
  const readsAll = grant.scopes.some((scope) => scope.endsWith(":admin"));
  // guess: which scope a download needs; one that reads recordings or transcripts is enough here.
  const reads = [
    "cloud_recording:read:list_user_recordings",
    "cloud_recording:read:list_recording_files",
    "cloud_recording:read:meeting_transcript",
  ];
  return (own || readsAll) && reads.some((scope) => hasScope(grant.scopes, scope));
}

function movedTo(
  address: FileAddress,
  url: URL,
  { addresses, behaviour }: DownloadContext,
): Reply | undefined {
  const { downloadRedirect, fileOrigin, foreignOrigin } = behaviour;
  if (downloadRedirect === "none") return undefined;
  const origin = downloadRedirect === "foreign" ? foreignOrigin : (fileOrigin ?? url.origin);
  const location = `${origin}/file/${addresses.write({ ...address, open: true })}`;
  return { ...emptyReply(302), headers: { location } };
}

function fileReply({ content, type }: ZoomFile): Reply {
  const extension = type === "TRANSCRIPT" || type === "CC" ? "vtt" : type.toLowerCase();
  return {
    status: 200,
    headers: {
      "content-type": content.contentType,
      "content-disposition": `attachment; filename="GMT_Recording.${extension}"`,
    },
    body: content.body(),
  };
}
