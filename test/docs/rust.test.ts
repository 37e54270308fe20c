/** docs/coming-from-rust.md leaves nothing out that there is upstream, and names nothing that is not here. `@storm` */
import { lexer, type Tokens } from "marked";
import * as shmol from "shmol";
import { expect, test } from "vitest";
import { read } from "./markdown.js";

/** The public names of concurrent-queue 2.5, event-listener 5.4, async-channel 2.5, async-lock 3.4; the stable ones of Arc and Weak. */
const UPSTREAM = {
  "concurrent-queue": `ConcurrentQueue bounded unbounded push force_push pop try_iter TryIter is_empty is_full len capacity
    close is_closed PushError ForcePushError PopError Full Empty Closed into_inner`,
  "event-listener": `Event new with_tag default is_notified listen notify notify_relaxed notify_additional
    notify_additional_relaxed total_listeners Listener EventListener wait wait_timeout wait_deadline discard listens_to
    same_event Future listener StackListener IntoNotification Notification into_notification additional relaxed tag tag_with
    Notify Additional Relaxed Tag TagWith GenericNotify TagProducer Drop`,
  "async-channel": `bounded unbounded Sender Receiver try_send send Send closed Closed send_blocking force_send try_recv recv
    Recv recv_blocking close is_closed is_empty is_full len capacity receiver_count sender_count downgrade same_channel Clone
    Stream FusedStream WeakSender WeakReceiver upgrade SendError TrySendError RecvError TryRecvError Full Empty into_inner`,
  "async-lock": `Mutex new lock lock_arc lock_blocking lock_arc_blocking try_lock try_lock_arc get_mut into_inner MutexGuard source
    RwLock read read_blocking try_read write write_blocking try_write upgradable_read upgradable_read_blocking try_upgradable_read
    RwLockReadGuard RwLockWriteGuard RwLockUpgradableReadGuard upgrade upgrade_blocking try_upgrade downgrade
    downgrade_to_upgradable Semaphore acquire acquire_blocking try_acquire acquire_arc acquire_arc_blocking try_acquire_arc
    add_permits SemaphoreGuard forget Barrier wait wait_blocking BarrierWaitResult is_leader OnceCell is_initialized get
    get_or_init get_or_init_blocking get_or_try_init get_or_try_init_blocking set set_blocking take`,
  "std::sync::Arc": `Arc new new_cyclic new_uninit new_uninit_slice new_zeroed new_zeroed_slice assume_init pin try_unwrap
    into_inner into_raw as_ptr from_raw increment_strong_count decrement_strong_count downgrade weak_count strong_count ptr_eq
    make_mut unwrap_or_clone get_mut downcast Weak upgrade Deref AsRef Borrow From Eq Ord Hash Display FromIterator clone drop
    default`,
};

/** Everything that there is to name here: exports, their members, and what their options are called. */
const here = new Set([
  ...Object.keys(shmol),
  ...Object.values(shmol).flatMap((one) => {
    if (typeof one !== "function") return [];
    const { prototype } = one as { prototype?: object };
    const parent = prototype === undefined ? null : Object.getPrototypeOf(prototype);
    return [one, prototype, parent].flatMap((of) => (of ? Object.getOwnPropertyNames(of) : []));
  }),
  ..."WeakSender WeakReceiver sender receiver upgrade Infinity options timeoutMs signal additional tag align ref".split(
    " ",
  ),
]);

const tables = new Map<string, Tokens.Table>();
let heading = "";
for (const token of lexer(read("docs/coming-from-rust.md"))) {
  if (token.type === "heading") heading = (token as Tokens.Heading).text;
  if (token.type === "table") tables.set(heading, token as Tokens.Table);
}
const codeIn = (cell: Tokens.TableCell | undefined) =>
  (cell?.tokens ?? []).filter(({ type }) => type === "codespan").map((token) => (token as Tokens.Codespan).text);

test.each(Object.entries(UPSTREAM))("nothing of %s is left out", (crate, names) => {
  const words = new Set(tables.get(crate)?.rows.flatMap(([cell]) => codeIn(cell).flatMap((code) => code.split(/\W+/))));
  expect(names.split(/\s+/).filter((name) => !words.has(name))).toEqual([]);
});

test.each(Object.keys(UPSTREAM))("what is said to be here of %s is here", (crate) => {
  const named = tables.get(crate)?.rows.flatMap(([, cell]) => codeIn(cell)) ?? [];
  const members = named
    .filter((code) => !["for await", "false"].includes(code))
    .flatMap((code) => code.match(/^\w+(\.\w+)*|(?<=\)\.)\w+/g) ?? [])
    .flatMap((path) => path.split("."));
  expect(members.filter((name) => !here.has(name))).toEqual([]);
  expect(members.length).toBeGreaterThan(10);
});
