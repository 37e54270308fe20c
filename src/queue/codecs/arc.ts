/** Arcs: the count itself moves through the queue. */
import { Arc, partWith, receive, takeBack } from "../../arc/arc.js";
import { TypeMismatchError } from "../../heap/errors.js";
import { ARCS } from "../../heap/kernel/numbers.js";
import { type Codec, refused } from "../codec.js";
import { PayloadType, type Room } from "../payload.js";

class ArcType extends PayloadType<Arc> {
  constructor() {
    super("arc", ARCS);
    Object.freeze(this);
  }

  encode(value: Arc): never {
    throw refused("encoded arc", value);
  }

  decode(bytes: Uint8Array): never {
    throw refused("encoded arc", bytes);
  }

  override put(room: Room, value: Arc, cell: number): number {
    if (!(value instanceof Arc)) throw refused(this.name, value);
    const { heap } = room.inside;
    if (value.heap !== heap) {
      throw new TypeMismatchError(`the Arc lies in heap ${value.heap.id}, the queue in heap ${heap.id}`);
    }
    return partWith(value, cell);
  }

  override undo(_room: Room, _ptr: number, value: Arc, cell: number): void {
    takeBack(value, cell);
  }

  override take(room: Room, ptr: number, cell: number): Arc {
    return receive(room.inside, ptr, cell);
  }
}

/**
 * Arcs. `push` takes the handle's count over, and using the handle afterwards is a `DroppedError`; `pop` gives it to a new
 * handle, to be dropped by whoever has it. An Arc that does not go in stays what it was.
 *
 * @example
 * ```js
 * import { Arc, arc, ConcurrentQueue } from "shmol";
 *
 * const queue = ConcurrentQueue.unbounded(arc);
 * queue.push(Arc.create(Uint8Array.of(1, 2, 3)));
 * const taken = queue.pop();
 * console.log(taken.size, taken.strongCount); // 3 1
 * taken.drop();
 * ```
 */
export const arc: Codec<Arc> = new ArcType();
