/**
 * A program whose only work is an awaited listener; the arguments say which, on which thread, and whether without
 * Atomics.waitAsync. What it prints, and that it ends by itself, is the test. The other thread is unref'd: it keeps nothing
 * alive.
 */
import { isMainThread, Worker, workerData } from "node:worker_threads";
import { Heap, SharedEvent } from "shmol";

const NOTIFY_AFTER_MS = 200;

function startNotifier(event) {
  const script = `
    const { workerData } = require("node:worker_threads");
    import("shmol").then(({ SharedEvent }) => {
      const event = SharedEvent.open(workerData);
      setTimeout(() => event.notify(), ${NOTIFY_AFTER_MS});
      setInterval(() => {}, 1000);
    });`;
  new Worker(script, { eval: true, workerData: event.share() }).unref();
}

const say = (what) => () => console.log(what);
const started = performance.now();

const programs = {
  notified(event) {
    startNotifier(event);
    event.listen().wait().then(say("notified"));
  },
  referredAgain(event) {
    startNotifier(event);
    const listener = event.listen({ ref: false });
    listener.wait().then(say("notified"));
    listener.ref();
  },
  unrefBefore(event) {
    startNotifier(event);
    event.listen({ ref: false }).wait().then(say("notified"));
  },
  unrefAfter(event) {
    startNotifier(event);
    const listener = event.listen();
    listener.wait().then(say("notified"));
    listener.unref();
  },
  timeout(event) {
    event
      .listen()
      .wait({ timeoutMs: NOTIFY_AFTER_MS })
      .catch(({ code }) => console.log(code, performance.now() - started >= NOTIFY_AFTER_MS - 1));
  },
  neverAwaited(event) {
    event.listen();
  },
  dropped(event) {
    const listener = event.listen();
    listener.wait().catch(({ code }) => console.log(code));
    setTimeout(() => listener.drop(), 20);
  },
  discarded(event) {
    const listener = event.listen();
    listener.wait().catch(({ code }) => console.log(code));
    setTimeout(() => listener.discard(), 20);
  },
  aborted(event) {
    const gaveUp = new AbortController();
    event
      .listen()
      .wait({ signal: gaveUp.signal })
      .catch(({ name }) => console.log(name));
    setTimeout(() => gaveUp.abort(), 20);
  },
  timeoutUnref(event) {
    event.listen({ ref: false }).wait({ timeoutMs: 60_000 }).catch(say("too late"));
  },
  /** What keeps it alive ends; what does not goes on. */
  oneOfTwo(event) {
    startNotifier(event);
    event.listen().wait().then(say("notified"));
    event.listen({ ref: false }).wait().then(say("notified, too"));
  },
  /** On top level: the program is not through before. */
  async awaited(event) {
    startNotifier(event);
    await event.listen().wait();
    console.log("notified");
  },
  async awaitedUnref(event) {
    startNotifier(event);
    await event.listen({ ref: false }).wait();
    console.log("notified");
  },
  /** When the handler runs the listener has left already. */
  droppedAtExit(event) {
    const listener = event.listen();
    listener.wait();
    process.once("exit", () => {
      listener.drop();
      console.log(`${event.totalListeners} listeners`);
    });
    setTimeout(() => process.exit(), 20);
  },
};

const [, , where, how, program] = process.argv;
if (how === "polls") Reflect.deleteProperty(Atomics, "waitAsync");
if (where === "worker" && isMainThread) {
  new Worker(new URL(import.meta.url), { argv: [where, how, program], workerData: Heap.default().share() }).once(
    "exit",
    (code) => console.log(`worker ended with ${code}`),
  );
} else {
  process.once("exit", say("end"));
  await programs[program](SharedEvent.create(workerData ? { heap: Heap.open(workerData) } : {}));
}
