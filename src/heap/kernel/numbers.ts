/**
 * What a kernel call returns, and what a control block is: the numbers that kernel and host share.
 * This file is plain enough to be both TypeScript and AssemblyScript, so there is one list, not two.
 */

/** The call did what it was asked. */
export const OK = 0;
/** The queue has no room. */
export const FULL = 1;
/** The structure was closed: nothing goes in any more. */
export const CLOSED = 2;
/** The heap is exhausted; nothing was claimed. */
export const NO_MEMORY = 3;
/** There is no item now. */
export const EMPTY = 4;
/** The pointer is not the start of a block (a control block, a value) of this heap. */
export const FOREIGN = 5;
/** The block was freed already. */
export const DOUBLE_FREE = 6;
/** The object that the token or weak handle named is gone; its control block may serve another one now. */
export const STALE = 7;
/** One more count would pass the limit of 2^31 - 1. */
export const OVERFLOW = 8;
/** The memory carries no shmol heap. */
export const BAD_MAGIC = 9;
/** The memory carries a heap of another layout version. */
export const BAD_VERSION = 10;
/** The value went in, and the oldest one came out for it. */
export const DISPLACED = 11;

/** Why the checked build refuses to go on. `faults.ts` puts each into words. */
/** An address that is null, beyond the memory, or not on a multiple of what was expected. */
export const FAULT_ADDRESS = 1;
/** A free block that was written to: at which offset, and the byte that stands there. */
export const FAULT_TAINTED = 2;
/** No block of the expected size starts there. */
export const FAULT_BLOCK = 3;
/** A block that is used after it was freed. */
export const FAULT_FREED = 4;
/** A block that the kernel frees a second time. */
export const FAULT_FREED_TWICE = 5;
/** Not a control block. */
export const FAULT_CONTROL = 6;
/** A control block of another kind. */
export const FAULT_KIND = 7;
/** A control block without a strong count, where the caller must own one. */
export const FAULT_STRONG = 8;
/** A control block without a weak count, where there must be one: it is free. */
export const FAULT_WEAK = 9;
/** A control block with strong counts, where the last one must be gone. */
export const FAULT_HELD = 10;
/** A control block whose value is gone already. */
export const FAULT_FINISHED = 11;
/** What stands before a value is not the way back to its control block. */
export const FAULT_BACK = 12;
/** The control block that a value leads back to has its value elsewhere. */
export const FAULT_MOVED = 13;
/** A control block that serves another object by now. */
export const FAULT_GENERATION = 14;
/** A control block that was handed out while somebody uses it. */
export const FAULT_USED = 15;

/** Kinds of control blocks. */
export const KIND_ARC = 1;
export const KIND_QUEUE = 2;
export const KIND_EVENT = 3;
/** The two sides of a channel. */
export const KIND_SENDER = 4;
export const KIND_RECEIVER = 5;
/** Locks, from the first kind to the last. */
export const KIND_MUTEX = 6;
export const KIND_SEMAPHORE = 7;
export const KIND_RW_LOCK = 8;
export const KIND_BARRIER = 9;
export const KIND_ONCE_CELL = 10;
export const FIRST_LOCK = KIND_MUTEX;
export const LAST_LOCK = KIND_ONCE_CELL;
export const KIND_TICKET = 15;

/** Words of a side's value (src/channel/kernel/side.ts), each the control block of something that it owns a count of. */
export const PART_QUEUE = 0;
export const PART_SEND_READY = 1;
export const PART_RECV_READY = 2;
export const PART_CLOSED = 3;
export const PART_OTHER = 4;

/** Flavours of queues. */
export const UNBOUNDED = 0;
export const BOUNDED = 1;
export const SINGLE = 2;

/** What a queue's slots and an event's tags hold: values themselves, pointers to payload blocks, or to the values of Arcs. */
export const INLINE = 0;
export const BLOCKS = 1;
export const ARCS = 2;
/** Where slots hold pointers, a number from here on is none: it is a short value itself, and there is nothing to free. */
export const VALUES_FROM = 4294967296;

/** What a listener's state consists of: it was notified; by a notification that counts by itself; which carries a tag. */
export const NOTIFIED = 1;
export const ADDITIONAL = 2;
export const TAGGED = 4;
/** With the permits that the listener's call waits for. */
export const GRANTED = 128;
/** Beside these in what `leave` returns: the notification went on to another listener. */
export const PASSED = 8;
/** And: its cell still owns the node. */
export const KEPT = 16;

/** What becomes of the notification of a listener that leaves: the caller's, nobody's, or the next listener's. */
export const TAKE = 0;
export const DISCARD = 1;
export const PASS = 2;

/** What a cell of a thread's ledger holds (cells.ts). */
/** A block of memory, of whatever class. */
export const OWN_BLOCK = 1;
/** A payload block that was taken out of a queue or came as a tag. */
export const OWN_VALUE = 2;
/** An Arc's value that was taken out likewise, and with it one strong count. */
export const OWN_ARC = 3;
/** One strong count of an object. */
export const OWN_STRONG = 4;
/** One weak count. */
export const OWN_WEAK = 5;
/** An object that has no strong count yet. */
export const OWN_MAKING = 6;
/** An object whose last strong count this thread gave up: it must take it apart. */
export const OWN_ENDING = 7;
/** A ticket: the opens that are left in it are the thread's. */
export const OWN_TICKET = 8;
/** Strong counts that were taken out of a ticket; the cell's extra word says how many. */
export const OWN_COUNTS = 9;
/** A listener in an event's list. */
export const OWN_LISTENER = 10;
/** The thread's scratch; the cell's extra word says what its slots own. */
export const OWN_SCRATCH = 11;
/** A mutex that the thread has taken; the cell's extra word, as of the locks below, says how often that had been broken. */
export const OWN_LOCK = 12;
/** A place among the starved of a mutex. */
export const OWN_STARVED = 13;
/** A notification that the thread owes to the listeners of an event; the cell's extra word says to how many. */
export const OWN_DEBT = 14;
/** Permits of a semaphore, and a place in its queue; the cell's extra word says how many they are, or are to be. */
export const OWN_PERMITS = 15;
export const OWN_QUEUED = 16;
/** What a thread has of a readers-writer lock (lock/kernel/rwLock.ts). */
export const OWN_READ = 17;
export const OWN_UPGRADABLE = 18;
export const OWN_WRITING = 19;
export const OWN_WRITE = 21;
/** That the thread makes the value of a once-cell; and that a call of it has come to a barrier, whose generation the extra word says. */
export const OWN_SETTING = 22;
export const OWN_ARRIVAL = 23;

// A thread's entry in the thread table (threads.ts).
/** Where its working cells begin, in bytes. */
export const WORK_AT = 32;
/** The number of them. */
export const WORKING_CELLS = 6;
/** Which of them is for a queue's block. */
export const QUEUE_CELL = 2;

/** Where a block that was freed is marked (classes.ts), in bytes. */
export const FREED_MARK = 8;

/** What `found` of a reaping also counts: notifications that went on to others. */
export const PASSED_ON = 20;

/** The lower half of a lock's word (lock/kernel/word.ts): three bits, and above them the number of the starved. */
export const HELD = 1;
export const POISONED = 2;
export const WRITER = 4;
export const STARVED = 8;
/** How a thread finds the lock that it wants to write to: there are no readers, or the lock was broken. */
export const ALONE = 1;
export const LOST = 2;

/** In a scratch's extra word, beside the content: its slots were taken out of a queue. */
export const TAKEN_OUT = 16;

/** The table has no free entry: as many threads as there can be have the heap open. */
export const TABLE_FULL = 12;

/** A strong or weak count never passes this. */
export const MAX_COUNT = 0x7fffffff;

/** A cell (cells.ts), in bytes: its size, and where in it the kind of what it owns and the extra number stand. */
export const CELL_BYTES = 16;
export const CELL_KIND = 8;
export const CELL_EXTRA = 12;

/** Bytes of a slot: of a queue, and of the scratch (scratch.ts). */
export const SLOT_BYTES = 8;

/** Phases of an entry of the thread table (threads.ts): nobody's; a thread's; a dead thread's, whose things are being returned. */
export const PHASE_FREE = 0;
export const PHASE_LIVE = 1;
export const PHASE_REAPED = 2;

/** Classes of the allocator (classes.ts) that statistics tell apart: control blocks, scratch, ledgers. And the last class. */
export const CONTROL_CLASS = 13;
export const SCRATCH_CLASS = 14;
export const LEDGER_CLASS = 15;
export const LAST_CLASS = 75;

/** Bytes of a control block (arc/kernel/control.ts), and of what lies before a value: the way back to its control block. */
export const CONTROL_BYTES = 32;
export const BACK_BYTES = 16;

/** A channel of up to this capacity is small: senders are told of each place in it (channel/kernel/telling.ts). */
export const SMALL_CAPACITY = 64;

/** Bytes of a listener's node, and of a doorbell (listener/kernel/shape.ts). */
export const NODE_BYTES = 56;
export const DOORBELL_BYTES = 16;

/** Each byte of a freed block in the checked build. */
export const POISON_BYTE = 0xdb;

/** Bytes of a page, the unit in which the heap hands memory to its size classes. */
export const PAGE = 65536;

/** "shml", little-endian: the first word of every heap. */
export const MAGIC = 0x6c6d6873;
/** The layout of everything in docs/memory-layout.md; another number is another heap. */
export const VERSION = 6;
