/**
 * A page of messages: what people get wrong most, and what they are told, word by word. To be read as by somebody who has never seen
 * the package: does each message name what was wrong, and say what to do?
 */
import {
  Arc,
  type ArcToken,
  arc as arcs,
  bool,
  bytes,
  ConcurrentQueue,
  channel,
  Heap,
  i32,
  json,
  Listener,
  Receiver,
  Sender,
  SharedEvent,
  select,
  struct,
  utf8,
  Weak,
} from "shmol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { inUse } from "./heaps.js";
import { wrong } from "./refusal.js";

const heap = Heap.create({ capacity: 2 ** 24 });
const { sender, receiver } = channel(i32, { heap, capacity: 1 });
const queue = ConcurrentQueue.bounded(1, i32, { heap });
const event = SharedEvent.create({ heap });
const tagged = SharedEvent.create({ heap, tag: utf8 });
const arc = Arc.create(12, { heap });
const weak = arc.downgrade();
const listener = event.listen();
const closed = channel(i32, { heap });
closed.sender.drop();
const full = ConcurrentQueue.bounded(1, i32, { heap });
full.close();
const dropped = Arc.create(4, { heap });
dropped.drop();
const heapless = Heap.create({ capacity: 2 ** 20 });
const gone = Arc.create(4, { heap });
const goneToken = gone.share();
gone.drop();
const once = arc.share({ opens: 1 });
Arc.open(once).drop();
const light = { ...sender.share({ light: true }), heap: "ff" };
const free = heap.alloc(64);
heap.free(free);
heapless.drop();
const named = { name: "mine", encode: () => new Uint8Array(), decode: () => 0 };
const mine = ConcurrentQueue.unbounded(named, { heap });

// A thread's first wait leaves something for the later ones.
beforeAll(() => receiver.recv({ timeoutMs: 1 }).catch(() => {}));
afterAll(() => {
  for (const handle of [sender, receiver, queue, event, tagged, weak, arc, closed.receiver, full, mine]) handle.drop();
  listener.drop();
  heap.drop();
});

/** What was done, and what was thrown, or rejected with: name and message. */
type Row = [what: string, act: () => unknown, told: string];

const options: Row[] = [
  [
    "channel(i32, 16)",
    () => channel(i32, wrong(16)),
    "TypeMismatchError: options must be a plain object, { capacity, heap }: 16",
  ],
  [
    "channel(i32, null)",
    () => channel(i32, wrong(null)),
    "TypeMismatchError: options must be a plain object, { capacity, heap }: null",
  ],
  [
    "channel(i32, heap)",
    () => channel(i32, wrong(heap)),
    "TypeMismatchError: options must be a plain object, { capacity, heap }: a Heap",
  ],
  [
    "channel(i32, { capactiy })",
    () => channel(i32, wrong({ capactiy: 5 })),
    'TypeMismatchError: unknown option "capactiy": the options here are { capacity, heap }',
  ],
  [
    "channel(i32, { capacity: 0 })",
    () => channel(i32, { heap, capacity: 0 }),
    "TypeMismatchError: capacity must be a positive integer: 0. There is no rendezvous: use 1",
  ],
  [
    'channel(i32, { capacity: "8" })',
    () => channel(i32, { heap, capacity: wrong("8") }),
    'TypeMismatchError: capacity must be a positive integer: "8"',
  ],
  [
    "channel(i32, { heap: token })",
    () => channel(i32, { heap: wrong(heap.share()) }),
    'TypeMismatchError: heap must be a Heap: a token of kind "heap". Heap.create and Heap.open make one',
  ],
  [
    "channel(i32, { heap: promise })",
    () => channel(i32, { heap: wrong(Promise.resolve()) }),
    "TypeMismatchError: heap must be a Heap: a Promise that was not awaited. Heap.create and Heap.open make one",
  ],
  [
    "bounded(4, i32, heap)",
    () => ConcurrentQueue.bounded(4, i32, wrong(heap)),
    "TypeMismatchError: options must be a plain object, { heap }: a Heap",
  ],
  [
    "bounded(i32, 4)",
    () => ConcurrentQueue.bounded(wrong(i32), wrong(4)),
    "TypeMismatchError: capacity must be a positive integer: a codec. It comes first: bounded(capacity, type)",
  ],
  [
    "bounded(Infinity, i32)",
    () => ConcurrentQueue.bounded(Infinity, i32),
    "TypeMismatchError: capacity must be a positive integer: Infinity. ConcurrentQueue.unbounded(type) makes one without a bound",
  ],
  [
    "unbounded(i32, 10)",
    () => ConcurrentQueue.unbounded(i32, wrong(10)),
    "TypeMismatchError: options must be a plain object, { heap }: 10",
  ],
  [
    "unbounded(i32, { capacity })",
    () => ConcurrentQueue.unbounded(i32, wrong({ capacity: 10 })),
    'TypeMismatchError: unknown option "capacity": the options here are { heap }',
  ],
  [
    "Heap.create(bytes)",
    () => Heap.create(wrong(2 ** 20)),
    "TypeMismatchError: options must be a plain object, { capacity, alignment }: 1048576",
  ],
  [
    "Heap.create({ size })",
    () => Heap.create(wrong({ size: 2 ** 20 })),
    'TypeMismatchError: unknown option "size": the options here are { capacity, alignment }',
  ],
  [
    'Heap.create({ capacity: "16 MB" })',
    () => Heap.create({ capacity: wrong("16 MB") }),
    'TypeMismatchError: capacity must be an integer from 1 to 4294901760: "16 MB"',
  ],
  [
    "Heap.create({ alignment: 100 })",
    () => Heap.create({ alignment: 100 }),
    "AlignmentError: alignment must be a power of two from 16 to 4096: 100",
  ],
  [
    "Arc.create(16, 64)",
    () => Arc.create(16, wrong(64)),
    "TypeMismatchError: options must be a plain object, { align, heap }: 64",
  ],
  [
    "Arc.create(16, { alignment })",
    () => Arc.create(16, wrong({ alignment: 64 })),
    'TypeMismatchError: unknown option "alignment": the options here are { align, heap }',
  ],
  [
    "SharedEvent.create(utf8)",
    () => SharedEvent.create(wrong(utf8)),
    "TypeMismatchError: options must be a plain object, { tag, heap }: a codec",
  ],
  [
    "share(2)",
    () => sender.share(wrong(2)),
    "TypeMismatchError: options must be a plain object, { opens, timeoutMs, light }: 2",
  ],
  [
    "share({ open })",
    () => sender.share(wrong({ open: 2 })),
    'TypeMismatchError: unknown option "open": the options here are { opens, timeoutMs, light }',
  ],
  [
    "share({ opens: 0 })",
    () => sender.share({ opens: 0 }),
    "TypeMismatchError: opens must be an integer from 1 to 2147483647: 0",
  ],
  [
    "share({ timeoutMs }), without opens",
    () => sender.share({ timeoutMs: 5 }),
    "TypeMismatchError: timeoutMs is for opens, and there are none: 5. Use share({ opens, timeoutMs })",
  ],
  ["share({ light: 1 })", () => arc.share({ light: wrong(1) }), "TypeMismatchError: light must be true or false: 1"],
  ["listen({ ref: 1 })", () => event.listen({ ref: wrong(1) }), "TypeMismatchError: ref must be true or false: 1"],
  [
    "notify(1, true)",
    () => event.notify(1, wrong(true)),
    "TypeMismatchError: options must be a plain object, { additional, tag }: true",
  ],
  [
    "notify(-1)",
    () => event.notify(-1),
    "TypeMismatchError: count must be an integer that is not negative, or Infinity: -1",
  ],
  [
    "notify(1, { tag }) of an event without tags",
    () => event.notify(1, wrong({ tag: "x" })),
    'TypeMismatchError: this event was made without tags: "x". Use SharedEvent.create({ tag: type })',
  ],
  [
    "notify() of an event with tags",
    () => tagged.notify(),
    "TypeMismatchError: notifications of this event carry a tag of utf8: pass { tag }",
  ],
];

const waits: Row[] = [
  [
    "recv(50)",
    () => receiver.recv(wrong(50)),
    "TypeMismatchError: options must be a plain object, { timeoutMs, signal }: 50",
  ],
  [
    "recv({ timeout })",
    () => receiver.recv(wrong({ timeout: 50 })),
    'TypeMismatchError: unknown option "timeout": the options here are { timeoutMs, signal }',
  ],
  [
    "recv(signal)",
    () => receiver.recv(wrong(new AbortController().signal)),
    "TypeMismatchError: options must be a plain object, { timeoutMs, signal }: an AbortSignal",
  ],
  [
    "recvSync(controller)",
    () => receiver.recvSync(wrong(new AbortController())),
    "TypeMismatchError: options must be a plain object, { timeoutMs }: an AbortController",
  ],
  [
    "recv({ signal: controller })",
    () => receiver.recv({ signal: wrong(new AbortController()) }),
    "TypeMismatchError: signal must be an AbortSignal: an AbortController. Pass its signal",
  ],
  [
    'recv({ timeoutMs: "50" })',
    () => receiver.recv({ timeoutMs: wrong("50") }),
    'TypeMismatchError: timeoutMs must be a number that is not negative: "50"',
  ],
  [
    "recv({ timeoutMs: -1 })",
    () => receiver.recv({ timeoutMs: -1 }),
    "TypeMismatchError: timeoutMs must be a number that is not negative: -1",
  ],
  [
    "recvSync({ signal })",
    () => receiver.recvSync(wrong({ signal: new AbortController().signal })),
    'TypeMismatchError: unknown option "signal": the options here are { timeoutMs }',
  ],
  ["recv, and nothing comes", () => receiver.recv({ timeoutMs: 2 }), "TimeoutError: there was no message within 2 ms"],
  [
    "recvSync, and nothing comes in some fraction of a second",
    () => receiver.recvSync({ timeoutMs: 10 / 3 }),
    "TimeoutError: there was no message within 3.333 ms",
  ],
  [
    "recvMany()",
    () => receiver.recvMany(wrong(undefined)),
    "TypeMismatchError: max must be an integer from 1 to 4294967295: undefined",
  ],
  [
    "receiver.messages(signal)",
    () => receiver.messages(wrong(new AbortController().signal)),
    "TypeMismatchError: options must be a plain object, { signal }: an AbortSignal",
  ],
  [
    "send(1, 50)",
    () => sender.send(1, wrong(50)),
    "TypeMismatchError: options must be a plain object, { timeoutMs, signal }: 50",
  ],
  [
    "sendMany(1, 2)",
    () => sender.sendMany(wrong(1), wrong(2)),
    "TypeMismatchError: options must be a plain object, { timeoutMs, signal }: 2",
  ],
  ["sendMany(1)", () => sender.sendMany(wrong(1)), "TypeMismatchError: messages must be an array or a typed array: 1"],
  [
    "sendMany(set)",
    () => sender.sendMany(wrong(new Set([1]))),
    "TypeMismatchError: messages must be an array or a typed array: a Set",
  ],
  [
    "sendSync, and there is no room",
    () => {
      sender.trySend(1);
      try {
        sender.sendSync(2, { timeoutMs: 1 });
      } finally {
        receiver.tryRecv();
      }
    },
    "TimeoutError: there was no room within 1 ms",
  ],
  [
    "sendMany, and there is room for one",
    () => sender.sendMany([1, 2], { timeoutMs: 0 }).finally(() => receiver.tryRecv()),
    "PartialSendError: 1 of 2 messages were sent: there was no room within 0 ms",
  ],
  [
    "closed(), and nobody closes",
    () => sender.closed({ timeoutMs: 1 }),
    "TimeoutError: the channel was not closed within 1 ms",
  ],
  [
    "listener.waitSync({ timeoutMs })",
    () => event.listen().waitSync({ timeoutMs: 0.00049 + 1 }),
    "TimeoutError: not notified within 1 ms",
  ],
  [
    "listener.wait(5)",
    () => listener.wait(wrong(5)),
    "TypeMismatchError: options must be a plain object, { timeoutMs, signal }: 5",
  ],
  [
    "select(a, b)",
    () => select(wrong(receiver), wrong(receiver)),
    "TypeMismatchError: receivers must be an array of one Receiver or more: a Receiver",
  ],
  [
    "select([])",
    () => select([]),
    "TypeMismatchError: receivers must be an array of one Receiver or more: an empty array",
  ],
  [
    "select([sender])",
    () => select([receiver, wrong(sender)]),
    "TypeMismatchError: receivers must be an array of one Receiver or more: a Sender at 1",
  ],
  [
    "select([receiver], { bias })",
    () => select([receiver], wrong({ bias: true })),
    'TypeMismatchError: unknown option "bias": the options here are { biased, timeoutMs, signal }',
  ],
];

const tokens: Row[] = [
  [
    "new Receiver(token)",
    () => Reflect.construct(Receiver, [receiver.share()]),
    "TypeMismatchError: there is no new Receiver(): use channel(type, options) or Receiver.open(token)",
  ],
  [
    "new Sender(token)",
    () => Reflect.construct(Sender, [sender.share()]),
    "TypeMismatchError: there is no new Sender(): use channel(type, options) or Sender.open(token)",
  ],
  [
    "new ConcurrentQueue(10)",
    () => Reflect.construct(ConcurrentQueue, [10]),
    "TypeMismatchError: there is no new ConcurrentQueue(): use ConcurrentQueue.bounded(capacity, type), .unbounded(type) or .open(token)",
  ],
  [
    "new Heap()",
    () => Reflect.construct(Heap, []),
    "TypeMismatchError: there is no new Heap(): use Heap.create(options), Heap.default() or Heap.open(token)",
  ],
  [
    "new Arc(16)",
    () => Reflect.construct(Arc, [16]),
    "TypeMismatchError: there is no new Arc(): use Arc.create(content) or Arc.open(token)",
  ],
  [
    "new Weak(arc)",
    () => Reflect.construct(Weak, [arc]),
    "TypeMismatchError: there is no new Weak(): use arc.downgrade()",
  ],
  [
    "new SharedEvent()",
    () => Reflect.construct(SharedEvent, []),
    "TypeMismatchError: there is no new SharedEvent(): use SharedEvent.create(options) or SharedEvent.open(token)",
  ],
  [
    "new Listener(event)",
    () => Reflect.construct(Listener, [event]),
    "TypeMismatchError: there is no new Listener(): use event.listen()",
  ],
  [
    "postMessage(receiver)",
    () => structuredClone(receiver),
    'DataCloneError: () => "a handle stays on its thread: send what share() gives, and open() that on the other side" could not be cloned.',
  ],
  ["open(undefined)", () => Sender.open(wrong(undefined)), "TokenError: not a token: undefined. share() makes one"],
  [
    "open(workerData)",
    () => Receiver.open(wrong({ id: 1, jobs: receiver.share() })),
    'TokenError: not a token: an object with a token at "jobs": pass that',
  ],
  [
    "open(handle)",
    () => Receiver.open(wrong(receiver)),
    "TokenError: not a token: a Receiver, whose share() makes one",
  ],
  [
    "Receiver.open(senderToken)",
    () => Receiver.open(wrong(sender.share())),
    'TokenError: token is of kind "sender", expected "receiver": Sender.open opens it',
  ],
  [
    "Arc.open(heapToken)",
    () => Arc.open(wrong(heap.share())),
    'TokenError: token is of kind "heap", expected "arc": Heap.open opens it',
  ],
  [
    "open(token), where nobody kept the object",
    () => Arc.open(goneToken),
    `TokenError: the arc of this token is gone: control block ${goneToken.control}, generation ${goneToken.generation}; share({ opens: 1 }) would have kept it for one open`,
  ],
  [
    "open(token) once too often",
    () => Arc.open(once),
    `TokenError: all opens that the token of arc ${once.control} was shared with were taken or given back: share({ opens: n }) is for n calls of open`,
  ],
  [
    "open(light token) where the heap is not open",
    () => Sender.open(light),
    "TokenError: a light token opens only where its heap is open: heap ff is not. Open it first, with Heap.open and the token of the heap",
  ],
  [
    "open(token) without the codec",
    () => ConcurrentQueue.open(mine.share()),
    'TokenError: the queue\'s elements are of type "mine", which is not a built-in one: pass its codec as the second argument',
  ],
  [
    "open(token, another codec)",
    () => ConcurrentQueue.open(queue.share(), wrong(utf8)),
    'TokenError: the queue\'s elements are of type "i32", not "utf8"',
  ],
  [
    "open(token with JSON.stringify in between)",
    () => Arc.open(JSON.parse(JSON.stringify({ ...arc.share(), heap: "ff" })) as ArcToken),
    "TokenError: the token's memory is not a shared WebAssembly.Memory: an object. JSON loses it: send tokens with postMessage or as workerData",
  ],
  ["Heap.revoke(handle)", () => Heap.revoke(wrong(arc)), "TokenError: not a token: an Arc, whose share() makes one"],
  [
    "Heap.revoke(token without opens)",
    () => Heap.revoke(arc.share()),
    `TokenError: the token of arc ${arc.share().control} has no opens: share({ opens }) sets some aside`,
  ],
  ["heap.watch(id)", () => heap.watch(wrong(7)), "TypeMismatchError: worker must be a Worker that runs: 7"],
  ['heap.on("death")', () => heap.on(wrong("death"), () => {}), 'TypeMismatchError: event must be "reaped": "death"'],
  [
    'heap.once("reaped")',
    () => heap.once("reaped", wrong(undefined)),
    "TypeMismatchError: listener must be a function: undefined",
  ],
];

const values: Row[] = [
  ["push(a string) to i32", () => queue.push(wrong("1")), 'TypeMismatchError: i32 value is of another type: "1"'],
  ["push(1.5) to i32", () => queue.push(1.5), "TypeMismatchError: i32 value is not an integer: 1.5"],
  ["push(2 ** 31) to i32", () => queue.push(2 ** 31), "TypeMismatchError: i32 value out of range: 2147483648"],
  [
    "push(a promise)",
    () => queue.push(wrong(Promise.resolve(1))),
    "TypeMismatchError: i32 value is of another type: a Promise that was not awaited",
  ],
  ["push to a closed queue", () => full.push(1), "ClosedError: the queue was closed"],
  ["pushMany(1, 2)", () => queue.pushMany(wrong(1)), "TypeMismatchError: values must be an array or a typed array: 1"],
  [
    "popMany()",
    () => queue.popMany(wrong(undefined)),
    "TypeMismatchError: max must be an integer from 0 to 4294967295: undefined",
  ],
  ["popWith()", () => queue.popWith(wrong(undefined)), "TypeMismatchError: look must be a function: undefined"],
  [
    "popInto([])",
    () => queue.popInto(wrong([])),
    "TypeMismatchError: values of type i32 go into Int32Array or Float64Array, not an array",
  ],
  ["recv from a channel that is over", () => closed.receiver.recv(), "ClosedError: the channel is closed and empty"],
  ["a use after drop()", () => dropped.bytes(), "DroppedError: this Arc was dropped"],
  ["a dropped heap", () => Arc.create(4, { heap: heapless }), "DroppedError: this heap was dropped"],
  [
    "a value without type",
    () => channel(wrong(undefined), { heap }),
    "TypeMismatchError: not an element type: undefined. Import one, such as i32 or json, or write { name, encode, decode }",
  ],
  [
    "options without a type",
    () => channel(wrong({ capacity: 8 })),
    "TypeMismatchError: not an element type: an object. Import one, such as i32 or json, or write { name, encode, decode }",
  ],
  [
    "a codec without a name of its own",
    () => channel({ ...named, name: "json" }, { heap }),
    'TypeMismatchError: a codec of your own needs a name that no built-in type has: "json"',
  ],
  [
    "a type's name",
    () => channel(wrong("i32"), { heap }),
    'TypeMismatchError: not an element type: "i32". Import one, such as i32 or json, or write { name, encode, decode }',
  ],
  [
    "JavaScript's own classes",
    () => channel(wrong(Number), { heap }),
    "TypeMismatchError: not an element type: a function. Import one, such as i32 or json, or write { name, encode, decode }",
  ],
  [
    "struct of what no record has",
    () => struct({ name: arcs }),
    'TypeMismatchError: a struct\'s field "name" is arc. Records consist of numbers, bool, utf8, bytes, json and date, and of ' +
      "what struct, array, tuple, map, nullable, literal, enumeration, union and lazy make; a struct's field may be optional",
  ],
  [
    "Arc.create(-1)",
    () => Arc.create(-1, { heap }),
    "TypeMismatchError: size must be an integer from 0 to 4294967295: -1",
  ],
  [
    "Arc.create(array)",
    () => Arc.create(wrong([1, 2]), { heap }),
    "TypeMismatchError: content must be a size, a typed array or a DataView: an array",
  ],
  [
    "Arc.create(text)",
    () => Arc.create(wrong("shared"), { heap }),
    'TypeMismatchError: content must be a size, a typed array or a DataView: "shared"',
  ],
  [
    "arc.view(Float64Array) of 12 bytes",
    () => arc.view(Float64Array),
    "AlignmentError: Float64Array has elements of 8 bytes: 12 bytes are no whole number of them",
  ],
  ["arc.view(8)", () => arc.view(wrong(8)), "TypeMismatchError: not a typed array's constructor: 8"],
  ["arc.ptrEq(weak)", () => arc.ptrEq(wrong(weak)), "TypeMismatchError: not an Arc: a Weak"],
  ["heap.free(ptr), twice", () => heap.free(free), `CorruptionError: block ${free} was freed already`],
  [
    "sameChannel(token)",
    () => sender.sameChannel(wrong(sender.share())),
    'TypeMismatchError: other must be a Sender or a Receiver: a token of kind "sender"',
  ],
  [
    "listensTo(queue)",
    () => listener.listensTo(wrong(queue)),
    "TypeMismatchError: event must be a SharedEvent: a ConcurrentQueue",
  ],
];

const page = [...options, ...waits, ...tokens, ...values];

test.each(page)("%s", async (_, act, told) => {
  const before = inUse(heap);
  let found: unknown = "nothing";
  try {
    await act();
  } catch (error) {
    const { name, message } = error as Error;
    // A checked heap adds whose memory it was.
    found = `${name}: ${message.replace(/; this was .*/s, "")}`;
  }
  expect(found).toBe(told);
  expect(inUse(heap)).toEqual(before);
});

test("these are the eighty that are made most", () => {
  expect(page.length).toBeGreaterThanOrEqual(80);
  expect(new Set(page.map(([what]) => what)).size).toBe(page.length);
});

// Types that the page has no mistake with.
test.each([arcs, bool, bytes, json])("a codec is called a codec: $name", (codec) => {
  expect(() => Arc.open(wrong(codec))).toThrow("not a token: a codec");
});

test("what can be called is a codec too, and is no capacity and no options", () => {
  expect(() => ConcurrentQueue.bounded(wrong(json), wrong(8))).toThrow(": a codec. It comes first: bounded(capacity,");
  expect(() => ConcurrentQueue.unbounded(i32, wrong(json))).toThrow("{ heap }: a codec");
});
