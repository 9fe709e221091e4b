//! Many clients, clients that go away and clients that do not read: the others get their answers.

use crate::raw;
use crate::world::{Happened, World, begin, gated, next, said};
use cmdai_backends::worker::protocol::{Ask, Call, PROTOCOL};
use cmdai_backends::worker::{serve, stop};
use cmdai_core::contract::generate::sample_prompt;
use cmdai_core::generate::GenerateOptions;
use cmdai_core::prompt::Prompt;
use std::io::Write as _;
use std::time::Duration;

/// Requests that may wait, as the worker says of itself.
const ROOM: usize = 128;

#[tokio::test]
async fn beyond_its_room_a_worker_says_that_it_is_busy() {
    let world = World::new();
    let (backend, gate, mut happened) = gated();
    let _worker = world.run(backend);
    let asking: Vec<_> = (0..ROOM).map(|_| tokio::spawn(said(begin(&world.guest())))).collect();
    for _ in 0..ROOM {
        assert_eq!(happened.recv().await, Some(Happened::Asked));
    }
    for _ in 0..3 {
        assert_eq!(said(begin(&world.guest())).await, "128 requests are waiting already");
    }
    assert_eq!(world.status().await.unwrap().active, ROOM);
    gate.send_replace(true);
    for one in asking {
        assert_eq!(one.await.unwrap(), "ls | Stop");
    }
    assert_eq!(said(begin(&world.guest())).await, "ls | Stop", "there is room again");
    let status = world.status().await.unwrap();
    assert_eq!((status.answered, status.active), (ROOM as u64 + 1, 0));
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_others_waits_as_long_as_the_worker_is_well() {
    let world = World::new();
    let (backend, gate, mut happened) = gated();
    let asking = async {
        let asking = tokio::spawn(said(begin(&world.guest())));
        assert_eq!(happened.recv().await, Some(Happened::Asked));
        tokio::time::sleep(Duration::from_mins(1)).await;
        gate.send_replace(true);
        assert_eq!(asking.await.unwrap(), "ls | Stop");
        assert!(stop(&world.place).await.unwrap());
    };
    // In one runtime, so that no time passes while one waits for the other.
    let (served, ()) = tokio::join!(serve(&world.place, world.setup.clone(), Box::new(backend), || (), || ()), asking);
    served.unwrap();
}

#[tokio::test]
async fn a_client_that_goes_away_is_not_answered_any_more() {
    let world = World::new();
    let (backend, _gate, mut happened) = gated();
    let _worker = world.run(backend);
    for _ in 0..20 {
        let mut chunks = begin(&world.guest());
        let reader = tokio::spawn(async move { next(&mut chunks).await });
        assert_eq!(happened.recv().await, Some(Happened::Asked));
        reader.abort();
        assert_eq!(happened.recv().await, Some(Happened::Over));
    }
    let status = world.status().await.unwrap();
    assert_eq!((status.answered, status.active), (0, 0));
}

#[tokio::test]
async fn a_client_that_does_not_read_keeps_nobody_waiting() {
    let world = World::new();
    let (backend, gate, mut happened) = gated();
    let _worker = world.run(backend);
    gate.send_replace(true);
    let prompt = Box::new(Prompt { user: "all".to_owned(), ..sample_prompt() });
    let ask = Ask::Generate { prompt, options: GenerateOptions::default() };
    let call = Call { protocol: PROTOCOL, key: world.setup.key(), ask };
    let mut slow = raw::connect(&world.place);
    writeln!(slow, "{}", serde_json::to_string(&call).unwrap()).unwrap();
    assert_eq!(happened.recv().await, Some(Happened::Asked));
    // And some who never say what they want.
    let _silent: Vec<_> = (0..50).map(|_| raw::connect(&world.place)).collect();
    for _ in 0..10 {
        assert_eq!(said(begin(&world.guest())).await, "ls | Stop");
        assert_eq!((happened.recv().await, happened.recv().await), (Some(Happened::Asked), Some(Happened::Over)));
    }
    assert_eq!(world.status().await.unwrap().active, 1);
    drop(slow);
    assert_eq!(happened.recv().await, Some(Happened::Over));
    assert_eq!(world.status().await.unwrap().active, 0);
}
