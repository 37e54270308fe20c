/**
 * Seeded faults of the host's half of the library. Each is found by a test of the suite, which is named. What a mutant is: mutant.mjs.
 */
import { inFile } from "./mutant.mjs";

const inLine = inFile("src/channel/line.ts");
const inWaiting = inFile("src/channel/waiting.ts");
const inSide = inFile("src/channel/side.ts");
const inMessages = inFile("src/channel/messages.ts");
const inReceiver = inFile("src/channel/receiver.ts");
const inSelect = inFile("src/channel/select.ts");
const inStreams = inFile("src/channel/streams.ts");
const inWait = inFile("src/listener/wait.ts");
const inKeepAlive = inFile("src/listener/keepAlive.ts");
const inDoorbell = inFile("src/listener/doorbell.ts");
const inStake = inFile("src/listener/stake.ts");
const inQueue = inFile("src/queue/queue.ts");
const inPayload = inFile("src/queue/payload.ts");
const inText = inFile("src/queue/codecs/text.ts");
const inStrings = inFile("src/queue/codecs/strings.ts");
const inCompiled = inFile("src/queue/codecs/record/compile.ts");
const inLoop = inFile("src/queue/codecs/record/interpret.ts");
const inStage = inFile("src/queue/codecs/record/stage.ts");
const inRecordType = inFile("src/queue/codecs/record/type.ts");
const inAccount = inFile("src/heap/account.ts");
const inRegistry = inFile("src/heap/registry.ts");
const inCounted = inFile("src/arc/counted.ts");

const WAITING = "test/channel/waiting.test.ts";
const TELLING = "test/channel/telling.test.ts";
const SELECT = "test/channel/select.test.ts";
const STREAMS = "test/channel/streams.test.ts";
const ASYNC = "test/listener/async.test.ts";
const CELLS = "test/arc/cells.test.ts";
const CODECS = "test/queue/codecs.test.ts";
const RECORDS = "test/queue/records.test.ts";
const REGISTRY = "test/death/registry.test.ts";

export const hostMutants = [
  inLine({
    name: "lastComesFirst",
    why: "a call is served before those that have waited longer",
    patch: `
        const last = this.#last;
        place.isIn = true;
      - place.previous = last;
      - this.#last = place;
      - if (last !== undefined) {
      -   last.next = place;
      -   return;
      - }
      - this.#first = place;
      + place.next = this.#first;
      + if (this.#first !== undefined) this.#first.previous = place;
      + this.#first = place;
      + this.#last ??= place;
      + if (last !== undefined) return;
    `,
    test: `${WAITING} > one after the other > calls that wait for messages are served in their order, those of clones too, and a new one does not overtake`,
  }),
  inLine({
    name: "middleTakesRestAlong",
    why: "calls behind one that was given up in the middle of the line wait for ever",
    patch: `
      - else previous.next = next;
      + else previous.next = undefined;
    `,
    test: `${TELLING} > a line > goes on when calls in its middle and at its end are given up`,
  }),
  inLine({
    name: "lastNotForgotten",
    why: "when the last call of a line is given up, the next one is put behind it, and waits for ever",
    patch: `
      - if (next === undefined) this.#last = previous;
      - else next.previous = previous;
      + if (next !== undefined) next.previous = previous;
    `,
    test: `${TELLING} > a line > goes on when calls in its middle and at its end are given up`,
  }),
  inLine({
    name: "listensForNobody",
    why: "a line goes on listening when its last call was given up, and takes a notification that another thread needs",
    patch: `
      - if (this.#first === undefined && !this.#isServing) this.#stopListening();
    `,
    test: `${TELLING} > a line > does not listen when its last call has been given up`,
  }),
  inLine({
    name: "listensAndDoesNotLook",
    why: "a message that comes between the look and the moment from which the line listens is not found",
    patch: `
      - for (let first = this.#serveAll(); first !== undefined; first = this.#serveAll()) {
      + for (let first = this.#first; first !== undefined && (listener !== undefined || this.#serveAll()); first = this.#first) {
    `,
    test: `${TELLING} > a line > finds what comes between its look and the moment from which it listens, and leaves no listener`,
  }),
  inLine({
    name: "listenerForNothing",
    why: "a listener that turned out not to be needed stays in the event, and takes a notification",
    patch: `
        this.#isServing = false;
      - listener?.drop();
    `,
    test: `${TELLING} > a line > finds what comes between its look and the moment from which it listens, and leaves no listener`,
  }),
  inLine({
    name: "givenUpTellsNobody",
    why: "what a line was notified of before its calls were given up is for nobody, and another thread waits beside it",
    patch: `
      - if (!side.isDropped) this.#way.passOn(side, false);
        return;
    `,
    test: `${TELLING} > a line > whose calls are given up after it was notified has others look`,
  }),
  inLine({
    name: "servesOnlyOne",
    why: "of several messages that are there only the first is taken when the line is notified",
    patch: `
      - for (let place = this.#first; place !== undefined; place = this.#first) if (!place.poll()) return place;
      - return undefined;
      + this.#first?.poll();
      + return this.#first;
    `,
    test: `${WAITING} > one after the other > 20 calls that wait on one thread have one listener`,
  }),
  inLine({
    name: "tellsOnlyTheFirst",
    why: "of the calls that cannot wait since the heap is exhausted only the first one is told, and the others wait for ever",
    patch: `
      - for (let place = this.#first; place !== undefined; place = this.#first) place.call.fail(error);
      + this.#first?.call.fail(error);
    `,
    test: `${TELLING} > a line > that cannot listen any more tells all its calls`,
  }),
  inLine({
    name: "neverLooks",
    why: "a sender that is not told of room never finds it",
    patch: `
      - this.#timer = setTimeout(this.#look, lookMs);
    `,
    test: `${TELLING} > who is notified > a sender finds room of which it is not told, with timers that are real`,
  }),
  inLine({
    name: "looksOnce",
    why: "a sender that has looked for room in vain does not look again",
    patch: `
      - this.#serve(false, Math.min(2 * this.#lookMs, LONGEST_LOOK_MS));
      + this.#serve(false, Number.POSITIVE_INFINITY);
    `,
    test: `${TELLING} > who is notified > a sender finds room of which it is not told, with timers that are real`,
  }),
  inLine({
    name: "listensAfterLook",
    why: "a sender that has found room by a look goes on listening, and takes a notification that another one needs",
    patch: `
      - this.#stopListening();
        this.#serve(false, Math.min(2 * this.#lookMs, LONGEST_LOOK_MS));
    `,
    test: `${TELLING} > who is notified > a sender finds room of which it is not told, with timers that are real`,
  }),
  inLine({
    name: "looksByMockedTimers",
    why: "a sender does not look for room while a test has replaced the timers",
    patch: `
      - this.#timer = setTimeout(this.#look, lookMs);
      + this.#timer = globalThis.setTimeout(this.#look, lookMs);
    `,
    test: `${TELLING} > who is notified > a sender finds room of which it is not told, with timers that are mocked`,
  }),
  inLine({
    name: "abortIgnored",
    why: "a signal that is aborted does not end the call",
    patch: `
      - this.#abort = () => this.fail(signal.reason);
      + this.#abort = () => {};
    `,
    test: `${WAITING} > a wait that was given up takes nothing > a signal of recv, before the message`,
  }),
  inLine({
    name: "handlerKept",
    why: "a signal keeps a handler of every call that it was passed to",
    patch: `
      - if (this.#abort !== undefined) offAbort(this.#limits.signal as AbortSignal, this.#abort);
    `,
    test: `${TELLING} > a call that has ended > leaves nothing at its signal`,
  }),
  inLine({
    name: "timerKept",
    why: "the timer of a call that has ended keeps what the call refers to until the time is up",
    patch: `
      - this.#alarm?.clear();
    `,
    test: `${TELLING} > a call that has ended > leaves no timer`,
  }),
  inWait({
    name: "timerNotMocked",
    why: "time-outs do not follow timers that a test has replaced",
    patch: `
      - this.#timer = setTimeout(() => (step < ms ? this.#sleep(ms - step) : this.#wake()), step);
      + this.#timer = hostTimeout(() => (step < ms ? this.#sleep(ms - step) : this.#wake()), step);
    `,
    test: `${WAITING} > a wait that was given up takes nothing > time-outs of mocked timers`,
  }),
  inLine({
    name: "noLastLook",
    why: "a call is told that its time is up though its message is there",
    patch: `
      - for (const place of [...this.#places, ...this.#places]) place.waitFor.line.lookOnce(place as Place);
    `,
    test: `${TELLING} > a call that has ended > looks once more when its time is up`,
  }),
  inLine({
    name: "endsWhileItTakes",
    why: "a message is lost whose decoding aborts the call that takes it",
    patch: `
      - if (this.#isPolling) {
      -   this.#failed ??= { reason };
      -   return;
      - }
    `,
    test: `${TELLING} > a call that has ended > has its message, though decoding that aborted it`,
  }),
  inLine({
    name: "parcelKept",
    why: "what was encoded for a send that was given up is never freed",
    patch: `
      - place.waitFor.ended?.(isFound);
    `,
    test: `${WAITING} > what is sent is what was there at the call > an Arc that waits to be sent is the channel's, and comes back if it is given up`,
  }),
  inLine({
    name: "dropEndsNothing",
    why: "the calls of a handle that is dropped wait for ever",
    patch: `
      - if (place.side === side) place.call.fail(new DroppedError(side.name));
      + void side;
    `,
    test: `${WAITING} > drop > ends what the handle waits for, and nothing of others`,
  }),
  inWaiting({
    name: "blocksAndDoesNotLook",
    why: "a blocked thread does not find a message that came before it listened",
    patch: `
      - const found = waitFor.poll();
      - if (found !== NOT_YET) return found;
        if (blockOn(listener, Math.min(leftOf(deadline), lookMs))) return pollNotified(waitFor, listener);
    `,
    test: `${TELLING} > a line > finds it also when the thread blocks`,
  }),
  inWaiting({
    name: "blockedSendKeeps",
    why: "what was encoded for a blocked send is never freed when its time is up",
    patch: `
      - waitFor.ended?.(false);
    `,
    test: `${TELLING} > a call that has ended > gives back what it did not send, when it blocked, too`,
  }),
  inWaiting({
    name: "blockedListenerKept",
    why: "a blocked call that has ended goes on listening, and takes a notification that another thread needs",
    patch: `
      - listener.drop();
    `,
    test: `${TELLING} > a line > finds it also when the thread blocks`,
  }),
  inWaiting({
    name: "abortedBeforeIgnored",
    why: "a call goes on whose signal was aborted before",
    patch: `
      - if (signal?.aborted === true) throw signal.reason;
      + void signal;
    `,
    test: `${WAITING} > abort > a signal that was aborted before: nothing is sent or taken, though it could be`,
  }),
  inSide({
    name: "takeManyTellsOne",
    why: "takeMany makes room for one, however many it took: no sender is told that it has brought the channel below its half",
    patch: `
      - if (taken > 0) this.tellOfRoom(taken);
      + if (taken > 0) this.tellOfRoom(1);
    `,
    test: `${TELLING} > who is notified > of room in a large channel: a sender when it comes down to its half, all when it is empty`,
  }),
  inSide({
    name: "takeManyTellsNobody",
    why: "nobody is told of the room that takeMany makes",
    patch: `
      - if (taken > 0) this.tellOfRoom(taken);
    `,
    test: `${TELLING} > who is notified > of room in a large channel: a sender when it comes down to its half, all when it is empty`,
  }),
  inSide({
    name: "takeTellsNobody",
    why: "nobody is told of the room that a message leaves",
    patch: `
      - if (value !== undefined) this.tellOfRoom(1);
    `,
    test: `${TELLING} > who is notified > of room that a message leaves: a sender, also if the message cannot be decoded`,
  }),
  inSide({
    name: "undecodableKeepsRoom",
    why: "nobody is told of the room that a message leaves which cannot be decoded",
    patch: `
      - this.tellOfRoom(1);
        throw error;
    `,
    test: `${TELLING} > who is notified > of room that a message leaves: a sender, also if the message cannot be decoded`,
  }),
  inSide({
    name: "putTellsNobody",
    why: "a receiver does not learn of a message, and waits for ever",
    patch: `
        isIn = this.queue.push(value);
        } catch (error) {
        throw this.#asOfChannel(error);
        }
      - if (isIn) this.#putIn();
    `,
    test: `${TELLING} > who is notified > of a message: a receiver, whichever way it goes in`,
  }),
  inSide({
    name: "sendTellsNobody",
    why: "a receiver does not learn of a message that is sent by `send`",
    patch: `
      - if (parcel === undefined) this.#putIn();
    `,
    test: `${TELLING} > who is notified > of a message: a receiver, whichever way it goes in`,
  }),
  inSide({
    name: "packedTellsNobody",
    why: "a receiver does not learn of a message that had waited for room",
    patch: `
        isIn = pushPacked(this.queue, parcel);
        } catch (error) {
        throw this.#asOfChannel(error);
        }
      - if (isIn) this.#putIn();
    `,
    test: `${TELLING} > who is notified > of a message that had waited for room: a receiver`,
  }),
  inSide({
    name: "forceTellsNobody",
    why: "a receiver does not learn of a message that is forced in",
    patch: `
        throw this.#asOfChannel(error);
        } finally {
      - this.#putIn();
    `,
    test: `${TELLING} > who is notified > of a message: a receiver, whichever way it goes in`,
  }),
  inSide({
    name: "batchTellsOne",
    why: "of several receivers that wait only one is told of a batch",
    patch: `
      - if (count > 0) this.#putIn(count);
      + if (count > 0) this.#putIn(1);
    `,
    test: `${TELLING} > who is notified > of a batch: as many receivers as there are messages`,
  }),
  inSide({
    name: "overtakes",
    why: "a send goes in before those that wait for room on its thread, which may wait for ever",
    patch: `
      - parcel = pushOrPack(this.queue, value, !this.lines.room.isEmpty);
      + parcel = pushOrPack(this.queue, value, false);
    `,
    test: `${WAITING} > one after the other > two tasks that use a channel of one as a lock have it by turns`,
  }),
  inSide({
    name: "encodedInVain",
    why: "trySend encodes a message for which there is no room",
    patch: `
      - if (this.#looksForRoom && this.queue.isFull && !this.queue.isClosed) return false;
    `,
    test: `${WAITING} > what is sent is what was there at the call > trySend on a full channel encodes nothing`,
  }),
  inSide({
    name: "closeTellsNobody",
    why: "calls that wait when the channel is closed wait for ever",
    patch: `
      - this.#kernel.wakeSide(this.count.value, 1);
    `,
    test: `${TELLING} > who is notified > of the end: everybody`,
  }),
  inSide({
    name: "dropTellsNobody",
    why: "a sender is not told of the room that a handle made before it was dropped",
    patch: `
      - this.#kernel.wakeSide(this.count.value, 0);
    `,
    test: `${TELLING} > who is notified > of what a handle took while its codec dropped it: a sender`,
  }),
  inSide({
    name: "partsKept",
    why: "a handle that was dropped keeps the queue and the events of its channel, which are never freed",
    patch: `
      - dropParts(this);
        this.count.release();
    `,
    test: `${TELLING} > a handle that was dropped has given everything back`,
  }),
  inSide({
    name: "countKept",
    why: "a handle that was dropped keeps its count: the channel is never closed, and its memory never freed",
    patch: `
        dropParts(this);
      - this.count.release();
    `,
    test: `${TELLING} > a handle that was dropped has given everything back`,
  }),
  inSide({
    name: "droppedTwice",
    why: "a second drop gives up a count that is another handle's",
    patch: `
      - if (this.isDropped) return;
        this.isDropped = true;
    `,
    test: `${WAITING} > drop > any use afterwards is refused, a second drop is not`,
  }),
  inSide({
    name: "linesOfTheirOwn",
    why: "calls of clones are not served in their order",
    patch: `
      - return new Side(this.count.clone(), this.kind, this.type, this.lines);
      + return new Side(this.count.clone(), this.kind, this.type);
    `,
    test: `${WAITING} > one after the other > calls that wait for messages are served in their order, those of clones too, and a new one does not overtake`,
  }),
  inMessages({
    name: "leftLoopWaits",
    why: "a loop that was left takes one more message, which is lost",
    patch: `
      - this.#next.line.cancel(this.#next, OVER);
    `,
    test: `${WAITING} > a wait that was given up takes nothing > return of an iterator, right after the message was sent`,
  }),
  inMessages({
    name: "leftLoopGoesOn",
    why: "an iterator that was left takes messages",
    patch: `
      - this.#isOver = true;
    `,
    test: `${WAITING} > a wait that was given up takes nothing > return of an iterator, right after the message was sent`,
  }),
  inMessages({
    name: "loopOvertakes",
    why: "a loop takes messages before calls that have waited longer on its thread",
    patch: `
      - const value = this.#side.lines.messages.isEmpty ? this.#side.take() : undefined;
      + const value = this.#side.take();
    `,
    test: `${TELLING} > a line > is not overtaken by a loop`,
  }),
  inMessages({
    name: "loopKeepsHandler",
    why: "a signal keeps a handler of every loop that it was passed to",
    patch: `
      - if (this.#signal !== undefined) offAbort(this.#signal, this.#end);
    `,
    test: `${TELLING} > a call that has ended > leaves nothing at its signal`,
  }),
  inReceiver({
    name: "recvOvertakes",
    why: "a recv takes a message before calls that have waited longer on its thread",
    patch: `
      - const message = this.#isNext(limits) ? this.#side.take() : undefined;
      + const message = this.#side.take();
    `,
    test: `${WAITING} > one after the other > calls that wait for messages are served in their order, those of clones too, and a new one does not overtake`,
  }),
  inSelect({
    name: "alwaysTheFirst",
    why: "of several receivers that have something the first one is always served, and the others may never be",
    patch: `
      - const arms = biased ? waits : shuffled(waits);
      + const arms = waits;
    `,
    test: `${SELECT} > those that have something have the same chance, whatever other selects run (crossbeam's test_select_fairness)`,
  }),
  inSelect({
    name: "biasedIgnored",
    why: "the order is random though the caller wants receivers to be served in their order",
    patch: `
      - const arms = biased ? waits : shuffled(waits);
      + const arms = shuffled(waits);
    `,
    test: `${SELECT} > biased: the first that has something`,
  }),
  inSelect({
    name: "skewed",
    why: "receivers do not have the same chance",
    patch: `
      - const i = Math.floor(Math.random() * left);
      + const i = Math.floor(Math.random() * (left - 1));
    `,
    test: `${SELECT} > those that have something have the same chance, whatever other selects run (crossbeam's test_select_fairness)`,
  }),
  inSelect({
    name: "closedIsNothing",
    why: "select waits for ever for a channel that is closed and empty",
    patch: `
      - return found === FINISHED ? { index, closed: true } : { index, closed: false, message: found };
      + return found === FINISHED ? NOT_YET : { index, closed: false, message: found };
    `,
    test: `${SELECT} > says of a channel that it is closed and empty, at once or when it waits (crossbeam's disconnected)`,
  }),
  inStreams({
    name: "cancelKeeps",
    why: "a stream that was cancelled keeps its receiver: senders go on, and nobody receives",
    patch: `
      - return new ReadableStream<T>({ pull, cancel: () => side.drop() }, { highWaterMark: 0 });
      + return new ReadableStream<T>({ pull }, { highWaterMark: 0 });
    `,
    test: `${WAITING} > a wait that was given up takes nothing > cancel of a stream, right after the message was sent`,
  }),
  inStreams({
    name: "readsAhead",
    why: "a stream takes messages that nobody reads",
    patch: `
      - return new ReadableStream<T>({ pull, cancel: () => side.drop() }, { highWaterMark: 0 });
      + return new ReadableStream<T>({ pull, cancel: () => side.drop() }, { highWaterMark: 4 });
    `,
    test: `${STREAMS} > back-pressure: a write waits for room, and a message is taken only for who reads`,
  }),
  inStreams({
    name: "failedWriteKeeps",
    why: "a stream that has failed keeps its sender: the channel is never closed",
    patch: `
      - side.drop();
        throw error;
        }
        },
    `,
    test: `${STREAMS} > a write that fails ends the stream, and the sender goes with it`,
  }),
  inWait({
    name: "notifiedAndRejected",
    why: "a notification that came just before the time was up is lost",
    patch: `
      - if (found) this.settle();
      - else this.#reject(reason());
      + this.#reject(reason());
    `,
    test: `${ASYNC} > abortSignal > does not swallow a notification that came before`,
  }),
  inWait({
    name: "passedAndResolved",
    why: "a notification that came just before the time was up ends two waits",
    patch: `
      - if (goal === undefined) return this.place.leave(TAKE);
      + if (goal === undefined) return this.place.leave(PASS);
    `,
    test: `${ASYNC} > a wait that is under way > resolves by a notification that came before its end, and passes nothing on`,
  }),
  inWait({
    name: "waitKeepsHandler",
    why: "a signal keeps a handler of every wait that it was passed to",
    patch: `
      - if (this.#signal !== undefined) offAbort(this.#signal, this.#abort as () => void);
    `,
    test: `${ASYNC} > abortSignal > aborts after the end change nothing, and the signal keeps nothing of it`,
  }),
  inWait({
    name: "waitKeepsTimer",
    why: "the timer of a wait that has ended keeps the wait until the time is up",
    patch: `
      - this.#alarm?.clear();
    `,
    test: `${ASYNC} > a wait that is under way > leaves no timer, and nothing that keeps the event loop alive`,
  }),
  inWait({
    name: "waitKeepsLoopAlive",
    why: "a program does not end since a wait that has ended keeps its event loop alive",
    patch: `
        this.#alarm?.clear();
      - if (this.#isRef) letGo();
    `,
    test: `${ASYNC} > a wait that is under way > leaves no timer, and nothing that keeps the event loop alive`,
  }),
  inWait({
    name: "hostsClockCounts",
    why: "a wait whose time is up by a test's timers waits on for the host's clock",
    patch: `
      - if (left <= 0 || left > EARLY_MS) this.#ring();
      + if (left <= 0) this.#ring();
    `,
    test: `${ASYNC} > a wait that is under way > ends by the timers that a test has put in the host's place, whatever its clock says`,
  }),
  inWait({
    name: "discardedIsPassed",
    why: "a notification that was to be discarded ends the wait of another listener",
    patch: `
      - const notified = this.place.leave(DISCARD);
      + const notified = this.place.leave(PASS);
    `,
    test: `${ASYNC} > a wait that is under way > is rejected when its listener is discarded`,
  }),
  inWait({
    name: "droppedIsTaken",
    why: "the notification of a listener that is dropped is lost",
    patch: `
        drop(): void {
      - this.place.leave(PASS);
      + this.place.leave(TAKE);
    `,
    test: `${ASYNC} > a wait that is under way > is rejected when its listener is dropped, which passes the notification on`,
  }),
  inKeepAlive({
    name: "neverLetGo",
    why: "a program does not end, since its event loop is kept alive for listeners that wait no more",
    patch: `
      - if (--waiting === 0) timer?.unref?.();
      + waiting--;
    `,
    test: `${ASYNC} > a wait that is under way > leaves no timer, and nothing that keeps the event loop alive`,
  }),
  inDoorbell({
    name: "settledOneByOne",
    why: "a codec's code that runs while listeners are settled finds others that are notified, and loses their notifications",
    patch: `
      - if (this.#take(wait)) ready.push(wait);
      + if (this.#take(wait)) wait.settle();
    `,
    test: `${ASYNC} > a wait that is under way > may take a tag whose codec drops other listeners while it decodes`,
  }),
  inDoorbell({
    name: "oneOfManySettled",
    why: "of several listeners that were notified only one resolves",
    patch: `
        if (this.#take(wait)) ready.push(wait);
      - node = after;
      + node = 0;
    `,
    test: `${ASYNC} > thousandAsyncListeners > of several events, each in its order`,
  }),
  inDoorbell({
    name: "bellKept",
    why: "a thread on which nobody waits keeps a doorbell in the heap",
    patch: `
      - if (this.#armed) Atomics.notify(this.#words, this.#bell);
      - else this.#close();
    `,
    test: `${ASYNC} > a wait that is under way > leaves no doorbell behind when it is given up`,
  }),
  inDoorbell({
    name: "bellCellKept",
    why: "each doorbell that is given back leaves a cell behind, until the heap is full",
    patch: `
        kernel.freeDoorbell(this.#doorbell, this.#cell);
      - account.give(this.#cell);
    `,
    test: `${CELLS} > listeners that are notified, dropped or too late`,
  }),
  inStake({
    name: "eventKept",
    why: "a listener that has left keeps its event, which is never freed",
    patch: `
      - stake.settle();
        return (state & NOTIFIED) !== 0;
    `,
    test: `${CELLS} > listeners that are notified, dropped or too late`,
  }),
  inStake({
    name: "cellKept",
    why: "each listener that has left leaves a cell behind, until the heap is full",
    patch: `
      - if ((state & KEPT) === 0) account.give(this.#cell);
      - else account.loose = 0;
      + account.loose = 0;
    `,
    test: `${CELLS} > listeners that are notified, dropped or too late`,
  }),
  inQueue({
    name: "tailOfBatchKept",
    why: "values of a batch for which there is no room keep their blocks",
    patch: `
      - payload.undoMany(room, done, pushed, scratch);
    `,
    test: `${CELLS} > a value for which there is no room, alone and in a batch`,
  }),
  inQueue({
    name: "refusedKept",
    why: "a value that does not go in keeps its block",
    patch: `
      - this.#payload.undo(this.#room as Room, ptr, value, hand);
        throw error;
    `,
    test: `${CELLS} > a message to a closed channel`,
  }),
  inQueue({
    name: "errorLosesBatch",
    why: "values before one that cannot be decoded are lost",
    patch: `
      - if (values.length === 0) throw error;
      - this.#late = { error };
      + throw error;
    `,
    test: `${CELLS} > a value that cannot be decoded, alone and in a batch`,
  }),
  inQueue({
    name: "pushPackedKeepsCell",
    why: "each message that had waited for room leaves a cell behind, until the heap is full",
    patch: `
        if (status !== OK) throw this.#refusal(status);
      - this.#account.give(cell);
        return true;
    `,
    test: `${CELLS} > messages that wait for room`,
  }),
  inQueue({
    name: "codecDropsItsQueue",
    why: "a value whose encoding drops the queue goes into memory that may be another one's",
    patch: `
      - if (this.#queue !== 0) return ptr;
      + if (ptr !== 0) return ptr;
    `,
    test: `${CELLS} > a queue that is dropped while it encodes`,
  }),
  inPayload({
    name: "undoesNothing",
    why: "values of a batch that did not go in keep their blocks",
    patch: `
      - this.undo(room, scratch.slots[i] as number, values[i] as T, slotAt(scratch, i));
    `,
    test: `${CELLS} > a value for which there is no room, alone and in a batch`,
  }),
  inPayload({
    name: "scratchNotBusy",
    why: "a getter that calls the library overwrites the batch that it is read for",
    patch: `
        const done: T[] = [];
      - scratch.busy = true;
    `,
    test: `${CELLS} > batches, also of values whose getters use batches`,
  }),
  inStrings({
    name: "cutOff",
    why: "a string that is not ASCII is cut off",
    patch: `
      - if (memory.utf8Write(text, at, length + WIDEST) === length) return true;
      + if (memory.utf8Write(text, at, length + WIDEST) >= length) return true;
    `,
    test: `${CELLS} > strings that are not ASCII`,
  }),
  inText({
    name: "shortBlockKept",
    why: "each string that is not ASCII leaves a block behind",
    patch: `
      - room.free(block, cell);
        const wide = room.allocate(2 * length, cell);
    `,
    test: `${CELLS} > strings that are not ASCII`,
  }),
  inRecordType({
    name: "leaseNotEnded",
    why: "a struct that was shown reads what lies in its block afterwards",
    patch: `
      - lease.ended = true;
    `,
    test: `${CODECS} > popWith > shows a struct where it lies, and says so when it is used afterwards`,
  }),
  inCompiled({
    name: "offsetBelieved",
    why: "code that was made for a type believes where a block says that a string lies: it may be anywhere",
    patch: `
      - this.add(\`if (\${offset} < end || (end = \${offset} + \${bytes}) > size) corrupt();\`);
      + this.add(\`end = \${offset} + \${bytes};\`);
    `,
    test: `${RECORDS} > what stands in a block > is no record if it leads out of the block, for code made for it`,
  }),
  inLoop({
    name: "offsetBelievedByLoop",
    why: "the loop over a type's parts reads bytes again that it has read: a tree that contains itself never ends",
    patch: `
      - if (offset < this.#end || offset + bytes > this.#size) corrupt();
      + if (offset + bytes > this.#size) corrupt();
    `,
    test: `${RECORDS} > what stands in a block > is no record if it leads back, for a loop`,
  }),
  inStage({
    name: "stageShared",
    why: "a getter that sends a record writes over the one that it is part of",
    patch: `
      - spare = undefined;
    `,
    test: `${RECORDS} > code of users that runs while a record is written by code made for it > may write another one`,
  }),
  inAccount({
    name: "popWithKeepsCell",
    why: "each popWith leaves a cell behind, until the heap is full",
    patch: `
        this.#lent.splice(this.#lent.lastIndexOf(cell), 1);
      - this.give(cell);
    `,
    test: `${CELLS} > push and pop`,
  }),
  inAccount({
    name: "cellsTwice",
    why: "a cell is handed out twice: what a thread owns is returned twice, or never, when it dies",
    patch: `
      - const cell = this.#free.pop() ?? this.#more();
      + const cell = this.#free.at(-1) ?? this.#more();
    `,
    test: `${CELLS} > each of several things has a cell of its own`,
  }),
  inAccount({
    name: "neverCloses",
    why: "a heap that was dropped keeps its entry in the thread table when the last handle goes",
    patch: `
        this.#free.push(cell);
      - if (this.#closing) this.#closeIfIdle();
    `,
    test: `${CELLS} > a heap that was dropped is let go of with the last handle, and the scratch of batches with it`,
  }),
  inAccount({
    name: "usedUpTicketsKept",
    why: "tickets that are used up stay in a list for ever",
    patch: `
      - const isLive = this.kernel.kindIfLive(control, generation) !== 0;
      + const isLive = control !== 0 && generation !== undefined;
    `,
    test: `${CELLS} > tickets that are used up`,
  }),
  inAccount({
    name: "refusedTicketKeepsCell",
    why: "each ticket that is refused leaves a cell behind",
    patch: `
        if (ticket === 0) {
      - this.give(cell);
      + this.loose = 0;
        return undefined;
    `,
    test: `${CELLS} > tickets that are refused`,
  }),
  inAccount({
    name: "scratchKept",
    why: "a heap that was dropped is never let go of once a batch was used",
    patch: `
      - this.#freeScratch();
        this.#closeIfIdle();
    `,
    test: `${CELLS} > a heap that was dropped is let go of with the last handle, and the scratch of batches with it`,
  }),
  inRegistry({
    name: "joinsUnseen",
    why: "the heap is not looked after: nobody returns what its dead threads owned",
    patch: `
      - this.#members.add(member);
        this.#open();
    `,
    test: `${REGISTRY} > a listener of \`reaped\` > that throws is reported by itself, and keeps nobody else from being told`,
  }),
  inRegistry({
    name: "staysMember",
    why: "a heap that was dropped is looked at for ever, and its memory never let go of",
    patch: `
      - this.#members.delete(member);
    `,
    test: `${REGISTRY} > a listener of \`reaped\` > that drops the heap ends the look: the next dead thread is left to others`,
  }),
  inCounted({
    name: "endNotRun",
    why: "the last handle is dropped, and the object is never freed",
    patch: `
      - if (isLast) kernel.dispose(this.control, this.cell);
    `,
    test: `${CELLS} > handles of an Arc`,
  }),
  inCounted({
    name: "failedMakingKept",
    why: "an object whose making fails is never freed",
    patch: `
      - kernel.abandon(control, cell);
      - account.endLoan(cell);
      + account.takeBack(cell);
      + account.give(cell);
    `,
    test: `${CELLS} > an Arc whose making fails`,
  }),
];
