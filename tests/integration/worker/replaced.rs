//! Which worker answers: the one that is there if it is the right one, else a new one, and never two.

use crate::raw;
use crate::world::{World, begin, run, said, saying};
use cmdai_backends::select::Kind;
use cmdai_backends::worker::{Setup, stop};
use cmdai_core::contract::generate;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[tokio::test]
async fn generate_contract() {
    let world = World::new();
    let _worker = world.run(saying("ls -la"));
    generate::all(&world.guest()).await;
}

#[tokio::test]
async fn a_worker_of_another_program_model_or_setting_is_replaced() {
    let changes: [fn(&mut Setup); 8] = [
        |setup| setup.program.push('2'),
        |setup| setup.name.push('2'),
        |setup| setup.runtime = Kind::EmbeddedMlx,
        |setup| setup.model = setup.model.with_extension("other"),
        |setup| setup.identity.push('2'),
        |setup| setup.prefix_dir = Some(PathBuf::from("/other")),
        |setup| setup.threads = Some(1),
        |setup| setup.keep_alive = Duration::from_mins(1),
    ];
    for change in changes {
        let mut world = World::new();
        let old = world.run(saying("old"));
        assert_eq!(said(begin(&world.guest())).await, "old | Stop");
        change(&mut world.setup);
        std::fs::write(&world.setup.model, "").unwrap();
        let new = Arc::new(Mutex::new(None));
        let (place, kept) = (world.place.clone(), Arc::clone(&new));
        let client = world.client(move |setup| {
            *kept.lock().unwrap() = Some(run(&place, setup, saying("new")));
            Ok(())
        });
        assert_eq!(said(begin(&client)).await, "new | Stop", "{:?}", world.setup);
        old.join().unwrap();
        assert_eq!(said(begin(&world.guest())).await, "new | Stop", "it stays");
        assert!(stop(&world.place).await.unwrap());
        let worker = new.lock().unwrap().take().unwrap();
        worker.join().unwrap();
    }
}

#[tokio::test]
async fn many_who_find_none_start_one() {
    let world = World::new();
    // What a killed one leaves behind.
    drop(raw::Door::open(&world.place));
    let started = Arc::new(AtomicUsize::new(0));
    let (place, count) = (world.place.clone(), Arc::clone(&started));
    let client = world.client(move |setup| {
        count.fetch_add(1, Ordering::SeqCst);
        run(&place, setup, saying("ls"));
        Ok(())
    });
    let asking: Vec<_> = (0..20).map(|_| tokio::spawn(said(begin(&client)))).collect();
    for one in asking {
        assert_eq!(one.await.unwrap(), "ls | Stop");
    }
    assert_eq!(started.load(Ordering::SeqCst), 1);
    assert_eq!(world.status().await.unwrap().answered, 20);
}
