/**
 * The ends of a channel as web streams. Their queues are the channel's: a message is taken when somebody reads, and a write
 * ends when its message is in.
 *
 *   close, abort of the writable     the sender is dropped; what is in the channel can still be received
 *   cancel of the readable           the receiver is dropped; what was not read is still in the channel
 *   a write or a read that fails     likewise: a value that is not of the type, one that cannot be decoded
 *   the channel is closed            a write fails with a ClosedError; the readable ends when the channel is empty
 */
import { NOT_YET } from "./line.js";
import { FINISHED, type Side } from "./side.js";
import { UNLIMITED, until } from "./waiting.js";

/** A stream whose writes are sent by `send`, through a handle that works with this side. */
export function writableOf<T>(
  side: Side<T>,
  send: (message: T, options: { signal: AbortSignal }) => Promise<void>,
): WritableStream<T> {
  return new WritableStream<T>({
    // A stream that is aborted waits for the write that is under way. One that failed is the stream's end, of which nobody
    // is told: neither close nor abort is called.
    write: async (message, { signal }) => {
      try {
        await send(message, { signal });
      } catch (error) {
        side.drop();
        throw error;
      }
    },
    close: () => side.drop(),
    abort: () => side.drop(),
  });
}

/** A stream whose reads receive, for a handle that works with this side. */
export function readableOf<T>(side: Side<T>): ReadableStream<T> {
  const pull = async (controller: ReadableStreamDefaultController<T>) => {
    // Into the stream in the same step: between the two it could be cancelled, and the message would be lost.
    const poll = () => {
      const found = side.takeOrFinished();
      if (found === NOT_YET) return NOT_YET;
      if (found !== FINISHED) return controller.enqueue(found);
      controller.close();
      side.drop();
      return undefined;
    };
    try {
      if (!side.lines.messages.isEmpty || poll() === NOT_YET) {
        await until(side.forMessage(poll), UNLIMITED);
      }
    } catch (error) {
      // A message that cannot be decoded: likewise the stream's end.
      side.drop();
      throw error;
    }
  };
  // No room of its own: it pulls when somebody reads.
  return new ReadableStream<T>({ pull, cancel: () => side.drop() }, { highWaterMark: 0 });
}
