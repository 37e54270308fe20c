/** Many-to-many queues. */
export { bool, type Codec, f32, f64, i32, u32 } from "./codec.js";
export { ConcurrentQueue, type QueueOptions, type QueueToken } from "./queue.js";
