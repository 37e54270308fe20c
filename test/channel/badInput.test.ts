import { type Codec, channel, Heap, i32, Receiver, Sender, utf8 } from "shmol";
import { afterAll, describe, expect, test } from "vitest";
import { inUse, leaveFree } from "../heaps.js";
import { type Misuse, refusals, wrong } from "../refusal.js";

const heap = Heap.create();
const { sender, receiver } = channel(i32, { heap, capacity: 2 });
const mine: Codec<string> = {
  name: "mine",
  encode: (text) => new TextEncoder().encode(text),
  decode: (encoded) => new TextDecoder().decode(encoded),
};
const custom = channel(mine, { heap });
afterAll(() => {
  for (const end of [sender, receiver, custom.sender, custom.receiver]) end.drop();
  heap.drop();
});

const counts = () => [sender.senderCount, sender.receiverCount, sender.size, sender.isClosed];
const table = (title: string, rows: readonly Misuse[]) => refusals(title, rows, heap, counts);

table("making a channel refuses", [
  ...[0, -1, 1.5, Number.NaN, Number.NEGATIVE_INFINITY, "2", null].map(
    (capacity) =>
      ({
        what: `a capacity of ${JSON.stringify(capacity)}`,
        act: () => channel(i32, { heap, capacity: wrong(capacity) }),
        error: "TypeMismatchError",
        says: "capacity must be a positive integer: ",
      }) as const,
  ),
  {
    what: "a capacity that no heap has room for",
    act: () => channel(i32, { heap, capacity: 2 ** 30 }),
    error: "TypeMismatchError",
    says: "capacity 1073741824 does not fit",
  },
  { what: "a type's name", act: () => channel(wrong("i32"), { heap }), error: "TypeMismatchError", says: '"i32"' },
  {
    what: "a heap's token",
    act: () => channel(i32, { heap: wrong(heap.share()) }),
    error: "TypeMismatchError",
    says: "heap must be a Heap",
  },
]);

const timeouts = [-1, Number.NaN, "1", null];
table(
  "blocking calls refuse",
  timeouts.flatMap((timeoutMs) =>
    [
      () => sender.sendSync(1, { timeoutMs: wrong(timeoutMs) }),
      () => sender.sendManySync([1], { timeoutMs: wrong(timeoutMs) }),
      () => receiver.recvSync({ timeoutMs: wrong(timeoutMs) }),
      () => receiver.recvManySync(1, { timeoutMs: wrong(timeoutMs) }),
    ].map(
      (act) =>
        ({
          what: `${act.toString().slice(6, 40)}: ${JSON.stringify(timeoutMs)}`,
          act,
          error: "TypeMismatchError",
          says: "timeoutMs must be a number that is not negative: ",
        }) as const,
    ),
  ),
);

table("messages and batches", [
  {
    what: "out of range",
    act: () => sender.trySend(2 ** 31),
    error: "TypeMismatchError",
    says: "i32 value out of range: 2147483648",
  },
  { what: "undefined", act: () => sender.sendSync(wrong(undefined)), error: "TypeMismatchError", says: "undefined" },
  {
    what: "of another type, by force",
    act: () => sender.forceSend(wrong("1")),
    error: "TypeMismatchError",
    says: '"1"',
  },
  ...[0, -1, 0.5, 2 ** 32, "1"].map(
    (max) =>
      ({
        what: `recvManySync(${JSON.stringify(max)})`,
        act: () => receiver.recvManySync(wrong(max)),
        error: "TypeMismatchError",
        says: "max must be an integer from 1 to 4294967295: ",
      }) as const,
  ),
  ...["text", undefined, null, 7, {}].map(
    (messages) =>
      ({
        what: `sendManySync(${JSON.stringify(messages)})`,
        act: () => sender.sendManySync(wrong(messages)),
        error: "TypeMismatchError",
        says: "messages must be an array or a typed array: ",
      }) as const,
  ),
]);

const token = sender.share();
table("opening refuses", [
  {
    what: "the other side's token",
    act: () => Receiver.open(wrong(token)),
    error: "TokenError",
    says: 'token is of kind "sender", expected "receiver"',
  },
  { what: "no token", act: () => Sender.open(wrong(undefined)), error: "TokenError", says: "not a token: undefined" },
  {
    what: "the other side under this one's name",
    act: () => Sender.open({ ...receiver.share(), shmol: "sender" }),
    error: "TokenError",
    says: "the token says sender",
  },
  {
    what: "another type's name",
    act: () => Sender.open(wrong({ ...token, type: "utf8" })),
    error: "TokenError",
    says: 'the token says that the channel\'s messages are of type "utf8", which they are not',
  },
  {
    what: "another type",
    act: () => Sender.open(token, wrong(utf8)),
    error: "TokenError",
    says: 'the channel\'s messages are of type "i32", not "utf8"',
  },
  {
    what: "a type of one's own that is not passed",
    act: () => Receiver.open(custom.receiver.share()),
    error: "TokenError",
    says: '"mine", which is not a built-in one: pass it',
  },
  {
    what: "another generation",
    act: () => Sender.open({ ...token, generation: token.generation + 1 }),
    error: "TokenError",
    says: "the sender of this token is gone",
  },
  {
    what: "a control block out of the blue",
    act: () => Sender.open({ ...token, control: 12345 }),
    error: "TokenError",
    says: "the sender of this token is gone",
  },
]);

table("asking refuses", [
  {
    what: "whether it is of the same channel as a token",
    act: () => sender.sameChannel(wrong(token)),
    error: "TypeMismatchError",
    says: 'other must be a Sender or a Receiver: a token of kind "sender"',
  },
  {
    what: "opens that are no number",
    act: () => sender.share({ opens: wrong("1") }),
    error: "TypeMismatchError",
    says: "opens must be an integer from 1 to ",
  },
]);

describe("what awaits rejects, and does not throw", () => {
  test.each([
    ["send", () => sender.send(wrong("1")), 'another type: "1"'],
    ["send's time-out", () => sender.send(1, { timeoutMs: -1 }), "not negative: -1"],
    ["send's signal", () => sender.send(1, { signal: wrong({}) }), "signal must be an AbortSignal: an object"],
    ["sendMany's time-out", () => sender.sendMany([1], { timeoutMs: -1 }), "not negative: -1"],
    ["sendMany", () => sender.sendMany(wrong(7)), "messages must be an array or a typed array: 7"],
    ["recv's time-out", () => receiver.recv({ timeoutMs: Number.NaN }), "not negative: NaN"],
    ["recvMany", () => receiver.recvMany(0), "max must be an integer from 1 to 4294967295: 0"],
    ["closed's signal", () => receiver.closed({ signal: wrong(1) }), "signal must be an AbortSignal: 1"],
  ])("%s", async (_, act, says) => {
    const before = [inUse(heap), counts()];
    await expect(act()).rejects.toMatchObject({
      code: "ERR_SHMOL_TYPE_MISMATCH",
      message: expect.stringContaining(says),
    });
    expect([inUse(heap), counts()]).toEqual(before);
  });

  test("sendMany says at which message it stopped", async () => {
    const failed = { code: "ERR_SHMOL_PARTIAL_SEND", sent: 1, cause: { code: "ERR_SHMOL_TYPE_MISMATCH" } };
    await expect(sender.sendMany([1, wrong("2"), 3])).rejects.toMatchObject(failed);
    expect(() => sender.sendManySync([2, wrong("3")])).toThrow("1 of 2 messages were sent: i32 value");
    expect([receiver.tryRecv(), receiver.tryRecv(), receiver.tryRecv()]).toEqual([1, 2, undefined]);
  });
});

test("structured cloning refuses handles, and takes their tokens", () => {
  const [weak, weaker] = [sender.downgrade(), receiver.downgrade()];
  for (const handle of [sender, receiver, weak, weaker]) {
    expect(() => structuredClone(handle)).toThrow(expect.objectContaining({ name: "DataCloneError" }));
  }
  weak.drop();
  weaker.drop();
  expect(() => weak.upgrade()).toThrow("this weak sender was dropped");
  const { memory, ...rest } = structuredClone(receiver.share());
  expect(memory).toBeInstanceOf(WebAssembly.Memory);
  expect(rest).toMatchObject({ shmol: "receiver", type: "i32" });
});

test("wherever the heap is exhausted while a channel is made, nothing is left behind", () => {
  const ends = Array.from({ length: 8 }, (_, pages) => {
    const small = Heap.create({ capacity: 1024 * 1024 });
    leaveFree(small, pages);
    const before = inUse(small);
    let code = "made";
    try {
      const made = channel(i32, { heap: small, capacity: 64 });
      made.sender.drop();
      made.receiver.drop();
    } catch (error) {
      ({ code } = error as { code: string });
    }
    expect(inUse(small)).toEqual(before);
    small.drop();
    return code;
  });
  const enough = ends.indexOf("made");
  expect(enough, "a size class has pages of its own, so it fails in several places").toBeGreaterThan(2);
  expect(ends.slice(0, enough)).toEqual(ends.slice(0, enough).map(() => "ERR_SHMOL_OUT_OF_MEMORY"));
});
