//! `native FROM TO CAPACITY ITEMS`: so many senders and receivers, all of which block. Capacity 0: none. A quarter of the items is a
//! warm-up. Prints what an item took, in nanoseconds, as JSON: wall time, and processor time of all threads (0 where there is no /proc).

use std::{env, fs, thread, time::Instant};

/// Clock ticks of /proc, on every Linux that Node runs on.
const TICKS_A_SECOND: f64 = 100.0;

fn processor_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // Behind the name, which may have blanks in it, utime and stime are fields 12 and 13.
    let fields = stat.rsplit(')').next().unwrap_or("").split_whitespace();
    fields.skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum::<f64>() / TICKS_A_SECOND
}

/// Senders send consecutive numbers; receivers count and add up.
fn round(from: u64, to: u64, capacity: usize, items: u64) {
    let (sender, receiver) = match capacity {
        0 => async_channel::unbounded::<i32>(),
        _ => async_channel::bounded::<i32>(capacity),
    };
    let each = items / from;
    let senders: Vec<_> = (0..from)
        .map(|_| {
            let sender = sender.clone();
            thread::spawn(move || (0..each).for_each(|n| sender.send_blocking(n as i32).unwrap()))
        })
        .collect();
    let receivers: Vec<_> = (0..to)
        .map(|_| {
            let receiver = receiver.clone();
            thread::spawn(move || {
                let (mut count, mut sum) = (0, 0);
                while let Ok(n) = receiver.recv_blocking() {
                    count += 1;
                    sum += n as u64;
                }
                (count, sum)
            })
        })
        .collect();
    drop((sender, receiver));
    senders.into_iter().for_each(|sender| sender.join().unwrap());
    let came = receivers.into_iter().map(|receiver| receiver.join().unwrap());
    let (count, sum) = came.fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1));
    assert_eq!((count, sum), (items, from * each * (each - 1) / 2));
}

fn main() {
    let numbers: Vec<u64> = env::args().skip(1).map(|text| text.parse().expect("a number")).collect();
    let [from, to, capacity, items] = numbers[..] else { panic!("native FROM TO CAPACITY ITEMS") };
    round(from, to, capacity as usize, items / 4 / from * from);
    let (began, processor) = (Instant::now(), processor_seconds());
    round(from, to, capacity as usize, items);
    let ns = began.elapsed().as_nanos() as f64 / items as f64;
    let processor_ns = (processor_seconds() - processor) * 1e9 / items as f64;
    println!("{{\"ns\":{ns},\"processorNs\":{processor_ns},\"voluntary\":0,\"involuntary\":0}}");
}
