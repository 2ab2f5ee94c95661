import { describe, expect, it } from "vitest";
import type { SlackEvent } from "./event.ts";
import { webhooks } from "./events.ts";
import { noticesOf } from "./notice.ts";

const envelope = (event: Record<string, unknown>, more: Record<string, unknown> = {}) =>
  ({
    type: "event_callback",
    team_id: "T1",
    api_app_id: "A1",
    event_id: "Ev1",
    event_time: 1_700_000_000,
    event: { type: "message", channel: "C1", channel_type: "channel", ...event },
    ...more,
  }) as unknown as SlackEvent;

const ts = "1700000000.000100";
const other = "1700000001.000200";
const { definitions } = webhooks(["secret"]);
const changesOf = (event: SlackEvent) =>
  noticesOf(event).flatMap((notice) =>
    definitions
      .filter(({ events }) => events.includes(notice.type))
      .flatMap(({ changes }) => changes(notice)),
  );
const reading = (root: string, thread: boolean) => [
  { stream: "threads", key: `C1:${root}`, hint: { thread } },
];

describe("what follows from an event", () => {
  it.each([
    ["a message", envelope({ ts, text: "Hi" }), reading(ts, false)],
    ["an answer", envelope({ ts: other, thread_ts: ts, text: "Hi" }), reading(ts, true)],
    [
      "an answer shown in the channel",
      envelope({ ts: other, thread_ts: ts, text: "Hi", subtype: "thread_broadcast" }),
      reading(ts, true),
    ],
    [
      "another app's message",
      envelope({ ts, text: "Hi", subtype: "bot_message", app_id: "A2" }),
      reading(ts, false),
    ],
    [
      "an edit",
      envelope({
        ts: other,
        subtype: "message_changed",
        message: { ts, text: "b" },
        previous_message: { ts, text: "a" },
      }),
      reading(ts, false),
    ],
    [
      "an edit of an answer",
      envelope({
        ts: other,
        subtype: "message_changed",
        message: { ts: other, thread_ts: ts, text: "b" },
        previous_message: { text: "a" },
      }),
      reading(ts, true),
    ],
    [
      "a first answer without its subtype",
      envelope({ ts: other, message: { ts, thread_ts: ts, reply_count: 1, text: "a" } }),
      reading(ts, true),
    ],
    [
      "a first message that becomes a tombstone",
      envelope({
        ts: other,
        subtype: "message_changed",
        message: { ts, subtype: "tombstone", text: "This message was deleted." },
        previous_message: { ts, text: "a" },
      }),
      reading(ts, true),
    ],
    [
      "the end of an answer",
      envelope({
        ts: other,
        subtype: "message_deleted",
        deleted_ts: other,
        previous_message: { ts: other, thread_ts: ts, text: "a" },
      }),
      reading(ts, true),
    ],
    [
      "the end of what was answered",
      envelope({
        ts: other,
        subtype: "message_deleted",
        deleted_ts: ts,
        previous_message: { ts, thread_ts: ts, reply_count: 2, text: "a" },
      }),
      reading(ts, true),
    ],
  ])("%s has its thread read", (_, event, expected) => {
    expect(changesOf(event)).toEqual(expected);
  });

  it("the end of a message that nobody answered takes it at once, and of one of which nothing else is told", () => {
    const tombstone = { key: `C1:${ts}`, deletedAt: new Date(1_700_000_000_000) };
    const deleted = { ts: other, subtype: "message_deleted", deleted_ts: ts };
    for (const previous_message of [{ ts, text: "a" }, undefined])
      expect(changesOf(envelope({ ...deleted, previous_message }))).toEqual([
        { stream: "threads", tombstone },
      ]);
  });

  it.each([
    ["in a direct message", envelope({ ts, text: "Hi", channel: "D1", channel_type: "im" })],
    [
      "in a direct message whose type is left out",
      envelope({ ts, text: "Hi", channel: "D1", channel_type: undefined }),
    ],
    ["in a direct message of several", envelope({ ts, text: "Hi", channel: "G1", channel_type: "mpim" })],
    ["to the app's own tab", envelope({ ts, text: "Hi", channel: "D1", channel_type: "app_home" })],
    ["where nobody says what kind of place it is", envelope({ ts, text: "Hi", channel_type: undefined })],
    ["by us", envelope({ ts, text: "Hi", subtype: "bot_message", app_id: "A1" })],
    [
      "by us, and changed",
      envelope({
        ts: other,
        subtype: "message_changed",
        message: { ts, text: "b", app_id: "A1" },
        previous_message: { text: "a" },
      }),
    ],
    ["of somebody who joined", envelope({ ts, text: "joined", subtype: "channel_join" })],
    ["of a topic", envelope({ ts, text: "topic", subtype: "channel_topic" })],
    [
      "of a preview",
      envelope({
        ts: other,
        subtype: "message_changed",
        message: { ts, text: "a", attachments: [{}] },
        previous_message: { ts, text: "a" },
      }),
    ],
    ["of a reaction", envelope({ type: "reaction_added", item: { channel: "C1", ts } })],
    ["of a mention, which is a message as well", envelope({ type: "app_mention", ts, text: "Hi" })],
    ["of a person's token", envelope({ type: "tokens_revoked", tokens: { oauth: ["U1"], bot: [] } })],
    [
      "of a minute of dropped events",
      { type: "app_rate_limited", team_id: "T1", api_app_id: "A1", minute_rate_limited: 1 } as SlackEvent,
    ],
    [
      "of a click",
      { type: "block_actions", user: { id: "U1" }, actions: [{ action_id: "a" }] } as SlackEvent,
    ],
  ])("nothing is kept %s", (_, event) => {
    expect(noticesOf(event)).toEqual([]);
  });

  it("belongs to the workspace that installed the app, with Slack Connect too", () => {
    const authorizations = [{ team_id: "T2" }];
    expect(noticesOf(envelope({ ts, text: "Hi" }, { authorizations }))).toMatchObject([{ team: "T2" }]);
    expect(noticesOf(envelope({ ts, text: "Hi" }))).toMatchObject([{ team: "T1" }]);
  });

  it("F50 is told apart by what it is about, and not by the event's id", () => {
    const keyOf = (event: SlackEvent) => noticesOf(event).map((notice) => "id" in notice && notice.id);
    const one = keyOf(envelope({ ts, text: "Hi" }));
    expect(keyOf(envelope({ ts, text: "Hi" }, { event_id: "Ev2" }))).toEqual(one);
    const edit = (at: string) =>
      envelope({
        ts: at,
        subtype: "message_changed",
        message: { ts, text: at, edited: { ts: "1.0" } },
        previous_message: {},
      });
    // Two edits within one second.
    expect(keyOf(edit("1700000002.000100"))).not.toEqual(keyOf(edit("1700000002.000200")));
    for (const different of [
      envelope({ ts: other, text: "Hi" }),
      envelope({ ts, text: "Hi", channel: "C2" }),
      envelope({ ts, text: "Hi" }, { team_id: "T2" }),
    ])
      expect(keyOf(different)).not.toEqual(one);
  });

  it("is kept without a word of what was said", () => {
    const event = envelope({
      ts: other,
      subtype: "message_changed",
      message: { ts, text: "secret", user: "U1" },
      previous_message: { text: "secret too" },
    });
    expect(JSON.stringify(noticesOf(event))).not.toContain("secret");
  });
});
