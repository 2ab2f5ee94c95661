/** One time limit for many pieces of work: one timer for all, since one for each costs more than most of the pieces. */
export interface Deadline {
  /** Calls `late` once, when the time is over before `done` was called with the same function. */
  begin(late: () => void): void;
  done(late: () => void): void;
}

export function deadline(afterMs: number): Deadline {
  // In the order in which they began, which is that in which they end: all have the same time.
  const ends = new Map<() => void, number>();
  let armed = false;

  const arm = (inMs: number) => {
    armed = true;
    // What it waits for holds a socket, which keeps the process alive by itself.
    setTimeout(expire, inMs).unref();
  };
  const expire = () => {
    armed = false;
    const now = performance.now();
    for (const [late, end] of ends) {
      if (end > now) {
        arm(Math.max(1, end - now));
        return;
      }
      ends.delete(late);
      late();
    }
  };

  return {
    begin(late) {
      ends.set(late, performance.now() + afterMs);
      if (!armed) arm(afterMs);
    },
    done: (late) => void ends.delete(late),
  };
}
