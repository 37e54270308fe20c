/**
 * Many-to-many queues, and the types of their elements.
 *
 * @module shmol/queue
 */
export type { Codec, FixedCodec } from "./codec.js";
export { arc } from "./codecs/arc.js";
export { bytes } from "./codecs/bytes.js";
export { type CloneCodec, clone } from "./codecs/clone.js";
export { type Jsonable, type JsonCodec, type JsonFields, json } from "./codecs/json.js";
export { bool, f32, f64, i32, i64, u32, u64 } from "./codecs/numbers.js";
export { fromJsonSchema } from "./codecs/record/schema.js";
export {
  array,
  type CodecOf,
  date,
  enumeration,
  type Fields,
  lazy,
  literal,
  map,
  nullable,
  type Optional,
  optional,
  type Struct,
  struct,
  tuple,
  union,
  type ValueOf,
} from "./codecs/record/struct.js";
export { utf8 } from "./codecs/text.js";
export { ConcurrentQueue, type QueueOptions, type QueueToken } from "./queue.js";
