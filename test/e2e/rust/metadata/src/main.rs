//! A watcher of kube-rs that sees Nodes by their metadata alone, into a store as its controllers have one. A line on stdin
//! is answered by one line of JSON: how many updates came, and the labels in the store. The end of stdin ends it.

use futures::{StreamExt, TryStreamExt};
use k8s_openapi::api::core::v1::Node;
use kube::core::PartialObjectMeta;
use kube::runtime::{WatchStreamExt, reflector, watcher};
use kube::{Api, Client, ResourceExt};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::io::{AsyncBufReadExt, BufReader, stdin};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let nodes: Api<PartialObjectMeta<Node>> = Api::all(Client::try_default().await?);
    let (store, writer) = reflector::store();
    let updates = Arc::new(AtomicU64::new(0));
    let counted = updates.clone();
    let watching = watcher(nodes, watcher::Config::default())
        .default_backoff()
        .reflect(writer)
        .try_for_each(move |event| {
            if let watcher::Event::Apply(_) = event {
                counted.fetch_add(1, Ordering::Relaxed);
            }
            futures::future::ready(Ok(()))
        });
    tokio::spawn(async move {
        if let Err(error) = watching.await {
            eprintln!("{error}");
            std::process::exit(1);
        }
    });
    let mut lines = BufReader::new(stdin()).lines();
    while let Some(id) = lines.next_line().await? {
        let state: Map<String, Value> = store
            .state()
            .iter()
            .map(|node| (node.name_any(), json!(node.labels())))
            .collect();
        println!(
            "{}",
            json!({ "id": id, "events": updates.load(Ordering::Relaxed), "state": state })
        );
    }
    Ok(())
}
