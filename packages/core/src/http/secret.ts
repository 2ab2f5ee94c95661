/** A credential in memory (I8). Whatever prints, logs or serialises it gets `[secret]`; only `reveal` gives it away. */
export interface Secret {
  reveal(): string;
  toString(): string;
  toJSON(): string;
}

const inspect = Symbol.for("nodejs.util.inspect.custom");
const shown = () => "[secret]";

/** Wraps a credential. The text lives in a closure, so that no property, spread or debugger dump holds it. */
export function secret(text: string): Secret {
  const wrapped = {};
  const hidden = { enumerable: false };
  Object.defineProperties(wrapped, {
    reveal: { ...hidden, value: () => text },
    toString: { ...hidden, value: shown },
    toJSON: { ...hidden, value: shown },
    [Symbol.toPrimitive]: { ...hidden, value: shown },
    [inspect]: { ...hidden, value: shown },
  });
  return Object.freeze(wrapped) as Secret;
}
