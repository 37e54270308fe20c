/**
 * What tests of pages do: jsdom's objects stand beside Node's and those of other realms, and the library takes all of them. The
 * same file runs under Jest and under Vitest.
 */
import assert from "node:assert/strict";
import { WritableStream } from "node:stream/web";
import util from "node:util";
import { runInNewContext } from "node:vm";
import { bytes, channel, json, SharedEvent, struct, u32, utf8 } from "shmol";

const LIMIT_MS = 10_000;
const here = (name, run) => globalThis.test(name, run, LIMIT_MS);

/** Node's own AbortSignal, wherever jsdom has put another class in its place: a stream has one. */
function signalOfNode() {
  let signal;
  const stream = new WritableStream({
    start(controller) {
      ({ signal } = controller);
    },
  });
  return { signal, abort: (reason) => void stream.abort(reason).catch(() => {}) };
}

/** A page in the page: Vitest keeps Node's AbortController in the outer one. */
function frame() {
  const { document } = globalThis;
  return document.body.appendChild(document.createElement("iframe")).contentWindow;
}

const controllers = {
  "this page": () => new AbortController(),
  "a page in it": () => new (frame().AbortController)(),
  Node: signalOfNode,
};

here("this is a page of jsdom", () => {
  assert.match(globalThis.navigator.userAgent, /jsdom/);
  assert.notEqual(new (frame().AbortController)().signal.constructor, signalOfNode().signal.constructor);
});

const arrays = {
  "this realm": () => Uint8Array.of(1, 2, 3),
  Buffer: () => Buffer.from([1, 2, 3]),
  "Node's TextEncoder": () => new util.TextEncoder().encode("\x01\x02\x03"),
  "this realm's TextEncoder": () => new (globalThis.TextEncoder ?? util.TextEncoder)().encode("\x01\x02\x03"),
  "another realm": () => runInNewContext("Uint8Array.of(1, 2, 3)"),
  "jsdom's window": () => new globalThis.window.Uint8Array([1, 2, 3]),
};
for (const [whose, make] of Object.entries(arrays)) {
  here(`bytes of ${whose} arrive`, () => {
    const { sender, receiver } = channel(bytes);
    sender.trySend(make());
    assert.deepEqual([...receiver.tryRecv()], [1, 2, 3]);
    sender.drop();
    receiver.drop();
  });
}

for (const [whose, make] of Object.entries(controllers)) {
  here(`a signal of ${whose} ends a wait`, async () => {
    const { sender, receiver } = channel(u32, { capacity: 1 });
    const controller = make();
    const reason = new Error("changed my mind");
    const waits = [
      receiver.recv({ signal: controller.signal }),
      receiver.closed({ signal: controller.signal }),
      SharedEvent.create().listen().wait({ signal: controller.signal }),
    ];
    controller.abort(reason);
    for (const wait of waits) await assert.rejects(wait, (error) => error === reason);
    await assert.rejects(receiver.recv({ signal: controller.signal }), (error) => error === reason);
    // It went away everywhere: the message is for the next one.
    assert.equal(sender.trySend(7), true);
    assert.equal(await receiver.recv({ signal: make().signal, timeoutMs: 1000 }), 7);
    sender.drop();
    receiver.drop();
  });
}

here("what only looks like a signal is refused", async () => {
  const { sender, receiver } = channel(u32);
  for (const signal of [{}, { aborted: false }, new EventTarget(), new AbortController(), "signal", null]) {
    await assert.rejects(receiver.recv({ signal }), { code: "ERR_SHMOL_TYPE_MISMATCH" });
  }
  sender.drop();
  receiver.drop();
});

here("text, JSON and records arrive", () => {
  const text = channel(utf8);
  text.sender.trySend("grüße 🥐");
  text.sender.trySend("x".repeat(10_000));
  assert.equal(text.receiver.tryRecv(), "grüße 🥐");
  assert.equal(text.receiver.tryRecv(), "x".repeat(10_000));
  const objects = channel(json);
  objects.sender.trySend({ name: "ö", list: [1, 2] });
  assert.deepEqual({ ...objects.receiver.tryRecv() }, { name: "ö", list: [1, 2] });
  const records = channel(struct({ a: u32, b: u32 }));
  records.sender.trySend({ a: 1, b: 2 });
  assert.deepEqual({ ...records.receiver.tryRecv() }, { a: 1, b: 2 });
  for (const { sender, receiver } of [text, objects, records]) {
    sender.drop();
    receiver.drop();
  }
});
