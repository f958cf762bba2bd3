//! Runs that never happened, and the lines they give.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::time::Duration;

use serde_json::{Value, json};
use watchers::{
    CloneFlags, CredsChange, CredsEvent, Errno, Event, ExitEvent, ExitStatus, FoundEvent, FoundState,
    GidEvent, Ids, InitEvent, Stillborn, Task, TaskId, Tid, UidEvent,
};

use super::*;
use crate::report::story::Story;
use crate::report::{Outcome, Start};
use crate::style::Palette;

fn story() -> Story {
    Story::new(Palette::Plain, None, Jsonl::new)
}

/// The lines, each one object, numbered without gaps.
fn lines(text: &str) -> Vec<Value> {
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for (seq, line) in lines.iter().enumerate() {
        assert_eq!((&line["seq"], &line["v"]), (&json!(seq), &json!(1)));
        assert!(line["ts"].is_u64());
    }
    assert!(text.ends_with('\n'));
    lines
}

/// The lines of one event, without what all lines have.
fn events(text: &str, event: &str) -> Vec<Value> {
    let mut found = lines(text);
    found.retain(|line| line["event"] == event);
    for line in &mut found {
        let line = line.as_object_mut().unwrap();
        line.retain(|key, _| !["v", "seq", "ts", "event"].contains(&key.as_str()));
    }
    found
}

#[test]
fn a_life() {
    let mut story = story();
    let root = story.root(&["sh", "x"]);
    story.end(&root, 3 << 8);
    let text = story.ended(3 << 8);
    let order: Vec<_> = lines(&text).iter().map(|line| line["event"].as_str().unwrap().to_owned()).collect();
    assert_eq!(order, ["init", "clone", "exec", "exit", "free", "group_dead", "end"]);
    let who = |tid: Value| json!({"task": 1, "tid": tid, "pid": tid, "ppid": null});
    let with = |who: Value, more: Value| {
        let mut object = who.as_object().unwrap().clone();
        object.extend(more.as_object().unwrap().clone());
        Value::Object(object)
    };
    let fork = json!({"parent": null, "flags": 17, "flag_names": []});
    assert_eq!(events(&text, "init"), [with(who(Value::Null), fork)]);
    let clone = json!({"parent": null, "flags": 17, "thread": false});
    assert_eq!(events(&text, "clone"), [with(who(json!(100)), clone)]);
    let exec = json!({"path": "sh", "exe": null, "cwd": null, "argv": ["sh", "x"]});
    assert_eq!(events(&text, "exec"), [with(who(json!(100)), exec)]);
    assert_eq!(events(&text, "exit"), [with(who(json!(100)), json!({"status": {"code": 3}}))]);
    let free = json!({"status": {"code": 3}, "utime_us": 20000, "stime_us": 10000, "maxrss_kb": 2048});
    assert_eq!(events(&text, "free"), [with(who(json!(100)), free)]);
    assert_eq!(events(&text, "group_dead"), [with(who(json!(100)), json!({"status": {"code": 3}}))]);
    let totals = json!({"utime_us": 20000, "stime_us": 10000, "maxrss_kb": 2048,
        "processes": 1, "threads": 0, "failures": 1, "refused": 0});
    assert_eq!(events(&text, "end"), [json!({"status": {"code": 3}, "totals": totals, "complete": true})]);
}

#[test]
fn those_that_never_came_to_be() {
    let mut story = story();
    let root = story.root(&["sh"]);
    story.refuse(&root);
    story.fail(&root, Stillborn::Failed(Errno::ENOMEM));
    story.fail(&root, Stillborn::Restarted);
    story.fail(&root, Stillborn::Killed);
    let text = story.ended(0);
    let inits = events(&text, "init");
    assert_eq!(inits[1]["denied"], json!({"errno": "EAGAIN", "watcher": "max_tasks"}));
    assert_eq!((&inits[1]["parent"], &inits[1]["tid"]), (&json!(1), &Value::Null));
    assert_eq!(inits[2].get("denied"), None);
    let causes: Vec<_> = events(&text, "free")
        .iter()
        .map(|free| json!([free["status"], free["cause"], free["errno"]]))
        .collect();
    let expected = [
        json!([null, "denied", "EAGAIN"]),
        json!([null, "failed", "ENOMEM"]),
        json!([null, "restarted", null]),
        json!([null, "killed", null]),
    ];
    assert_eq!(causes, expected);
    // The root is still there.
    assert_eq!(events(&text, "end")[0]["complete"], json!(false));
}

#[test]
fn those_who_were_there() {
    let mut story = story();
    let root = story.root(&["sh"]);
    let tid = Tid::from_raw(200).unwrap();
    let (zombie, traced) = (FoundEvent::new(FoundState::ZombieLeader), FoundEvent::new(FoundState::Traced));
    let leader = Task::builder().id(TaskId::from_raw(50).unwrap()).tid(tid).parent(&root).build();
    story.tell(&leader, Event::Found(&zombie), None, None);
    let thread = Task::builder().id(TaskId::from_raw(51).unwrap()).parent(&leader).thread();
    story.tell(&thread.tid(Tid::from_raw(201).unwrap()).build(), Event::Found(&traced), None, None);
    let expected = [
        json!({"task": 50, "tid": 200, "pid": 200, "ppid": 100, "parent": 1, "flags": null, "thread": false, "zombie": true}),
        json!({"task": 51, "tid": 201, "pid": 200, "ppid": 100, "parent": 50, "flags": null, "thread": true}),
    ];
    assert_eq!(events(&story.ended(0), "found"), expected);
}

#[test]
fn changes_of_credentials() {
    let mut story = story();
    let root = story.root(&["sh"]);
    for change in [CredsChange::Groups, CredsChange::Capabilities, CredsChange::UserNamespace] {
        story.tell(&root, Event::Creds(&CredsEvent::new(change)), None, None);
    }
    let changes: Vec<Value> =
        events(&story.ended(0), "creds").iter().map(|line| line["change"].clone()).collect();
    assert_eq!(changes, ["groups", "capabilities", "user_namespace"]);
}

#[test]
fn strings_of_any_bytes() {
    let mut story = story();
    let root = story.root(&["sh"]);
    story.exec_raw(&root, vec!["a\n".into(), OsString::from_vec(vec![0xff]), "x".repeat(100_000).into()]);
    let exec = &events(&story.ended(0), "exec")[1];
    assert_eq!(exec["argv"][0], json!("a\n"));
    assert_eq!(exec["argv"][1], json!({"bytes": "ff"}));
    assert_eq!(exec["argv"][2].as_str().unwrap().len(), 100_000);
}

#[test]
fn late_and_odd_ones() {
    let mut story = story();
    let root = story.root(&["sh"]);
    story.tell(&root, Event::Init(&InitEvent::late(CloneFlags::FORK)), None, None);
    let killed = ExitStatus::from_raw(9);
    story.tell(&root, Event::Exit(&ExitEvent::new(killed).with_late()), None, None);
    let dumped = ExitStatus::from_raw(0x80 | 6);
    story.tell(&root, Event::Exit(&ExitEvent::new(dumped)), None, None);
    let exec = watchers::ExecEvent::new("b", ["b"]).with_old_tid(Tid::from_raw(101).unwrap());
    story.tell(&root, Event::Exec(&exec), None, None);
    let ids = (Ids::new(0, 0, 0, 0), Ids::new(1, 2, 3, 4));
    story.tell(&root, Event::Uid(&UidEvent::new(ids.0, ids.1)), None, None);
    story.tell(&root, Event::Gid(&GidEvent::new(ids.0, ids.1)), None, None);
    let thread = story.thread(&root);
    story.end_thread(&thread);
    let text = story.ended(9);
    assert_eq!(events(&text, "init")[1]["late"], json!(true));
    let exits = events(&text, "exit");
    assert_eq!(
        (&exits[0]["status"], &exits[0]["late"]),
        (&json!({"signal": 9, "name": "SIGKILL"}), &json!(true))
    );
    assert_eq!(exits[1]["status"], json!({"signal": 6, "name": "SIGABRT", "core": true}));
    assert_eq!(events(&text, "exec")[1]["old_tid"], json!(101));
    for event in ["uid", "gid"] {
        let new = json!({"real": 1, "effective": 2, "saved": 3, "fs": 4});
        assert_eq!(events(&text, event)[0]["new"], new);
    }
    assert_eq!(events(&text, "clone")[1]["thread"], json!(true));
    // What the group used is told once, of its leader.
    assert_eq!(events(&text, "free")[0].get("utime_us"), None);
}

#[test]
fn the_ends_of_the_stream() {
    let mut story = story();
    let argv = ["nosuch".into(), OsString::from_vec(vec![0x80])];
    story.report.start(&Start { argv: &argv, attached: None, cwd: Some("/tmp".into()), watchers: &[] });
    story.report.notice(&crate::report::Remark { at: Duration::from_nanos(7), what: "panic", text: "a\nb" });
    let text = story.written(Outcome::Failed { stage: "exec", errno: Some(Errno::ENOENT) });
    let start = &events(&text, "start")[0];
    assert_eq!(start["argv"], json!(["nosuch", {"bytes": "80"}]));
    assert_eq!((&start["cwd"], &start["watchers"]), (&json!("/tmp"), &json!([])));
    assert_eq!(start["supervisor"], json!(std::process::id()));
    assert!(start["realtime_ns"].as_u64().unwrap() > 1_600_000_000_000_000_000);
    assert_eq!(events(&text, "notice"), [json!({"what": "panic", "text": "a\nb"})]);
    let end = &events(&text, "end")[0];
    assert_eq!(end["error"], json!({"stage": "exec", "errno": "ENOENT"}));
    assert_eq!(end.get("status"), None);
}
