import type { MeetingStore } from "../ports/meeting-store.ts";
import type { PageCommit } from "../ports/page-store.ts";
import type { Breakage } from "./broken-storage.ts";

const reading = (
  name: string,
  promise: string,
  change: (good: MeetingStore) => Partial<MeetingStore>,
): Breakage => ({
  name,
  room: "meetings",
  breaks: promise,
  rooms: (good) => ({ meetings: change(good.meetings) }),
});

const writing = (name: string, promise: string, change: (page: PageCommit) => PageCommit): Breakage => ({
  name,
  room: "meetings",
  breaks: promise,
  rooms: (good) => ({ pages: { commit: (page) => good.pages.commit(change(page)) } }),
});

const withoutMeetings = (page: PageCommit): PageCommit => ({
  ...page,
  records: page.records.map(({ meeting: _, ...record }) => record),
});

export const meetingBreakages: readonly Breakage[] = [
  writing("no meeting is stored", "a meeting and its transcript", withoutMeetings),
  writing("a meeting outlives its record", "a meeting follows its record", (page) => ({
    ...page,
    tombstones: [],
  })),
  writing("a page leaves out what does not fit, and stores the rest", "a page that fails", (page) => ({
    ...page,
    records: page.records.filter(({ raw }) => raw.endsWith("}")),
  })),
  reading("meetings come earliest first", "meetings come latest first", (good) => ({
    list: async (...asked) => (await good.list(...asked)).toReversed(),
  })),
  reading("every customer is shown every meeting", "a meeting is shown to the customers", (good) => ({
    list: (orgId, { endUserId: _, companyId: __, ...filter }) => good.list(orgId, filter),
  })),
  reading("all transcripts count as recent", "a transcript counts as recent", (good) => ({
    stats: async (...asked) => {
      const stats = await good.stats(...asked);
      return { ...stats, recent: stats.transcripts };
    },
  })),
  {
    name: "a missing transcript is never asked for again",
    room: "meetings",
    breaks: "records whose transcript may have come",
    rooms: () => ({ knowledge: { untranscribed: async () => [] } }),
  },
  {
    name: "a transcript is found under any org",
    room: "meetings",
    breaks: "T30",
    rooms: (good, state) => ({
      meetings: {
        transcript: async (_orgId, ...named) => {
          for (const orgId of state.orgs.keys()) {
            const found = await good.meetings.transcript(orgId, ...named);
            if (found) return found;
          }
          return undefined;
        },
      },
    }),
  },
];
