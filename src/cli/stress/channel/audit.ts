/**
 * What came out against what went in, message by message.
 *
 *   sent       received once; with kills, what a killed receiver had taken may be missing
 *   refused    not received
 *   drawn      its sender was killed before it could say: received once or not at all
 */
import type { Check } from "../check.js";
import { DISORDERS, DRAWN, type Ledger, REFUSED, SENT } from "./ledger.js";
import { BATCH } from "./options.js";

export interface Account {
  readonly sent: number;
  readonly refused: number;
  readonly doubtful: number;
  readonly received: number;
  /** Sent, and received by nobody. */
  readonly missing: number;
  /** Received more often than once, or though it was not sent. */
  readonly wrong: number;
  /** The first message that is wrong, and what is. */
  readonly first: string;
}

export function accountOf(ledger: Ledger, messages: number): Account {
  const count = { sent: 0, refused: 0, doubtful: 0, received: 0, missing: 0, wrong: 0 };
  let first = "";
  const blame = (message: number, times: number, what: string) => {
    first ||= `message ${message} of sender ${ledger.senderOf(message) + 1} ${what}, and was received ${times} times`;
  };
  for (let message = 0; message < messages; message++) {
    const fate = ledger.fateOf(message);
    const times = ledger.timesReceived(message);
    count.received += times;
    if (fate === SENT) count.sent++;
    else if (fate === REFUSED) count.refused++;
    else if (fate === DRAWN) count.doubtful++;
    if (times > (fate === SENT || fate === DRAWN ? 1 : 0)) {
      count.wrong++;
      blame(message, times, fate === SENT || fate === DRAWN ? "was sent" : "was not sent");
    } else if (fate === SENT && times === 0) {
      count.missing++;
      blame(message, times, "was sent");
    }
  }
  return { ...count, first };
}

/** Each message that was sent came once, and nothing else came; of those sent, `toll` may have gone with who was killed. */
export function checkDelivery(account: Account, kills: number, toll: number): Check {
  const { sent, refused, doubtful, received, missing, wrong, first } = account;
  const ok = wrong === 0 && missing <= toll && doubtful <= BATCH * kills;
  const lost = kills > 0 ? `, ${missing} lost with the killed (limit ${toll}), ${doubtful} in doubt` : "";
  const found = `${sent} sent, ${received} received, ${refused} not sent${lost}`;
  return { ok, found: ok ? found : `${found}; ${wrong} wrong, ${missing} missing, first: ${first || "none"}` };
}

/** Each receiver got the messages of each sender in order. */
export function checkOrder(ledger: Ledger): Check {
  const disorders = ledger.total(DISORDERS);
  const found = disorders === 0 ? "each sender's messages came in order" : `${disorders} messages came out of order`;
  return { ok: disorders === 0, found };
}
