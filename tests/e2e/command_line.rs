//! What holds for every command.

use crate::harness::Dhow;

both! {
    fn version_is_printed(dhow) {
        let out = dhow.run(["version"]).ok();
        assert!(out.stdout().contains(env!("CARGO_PKG_VERSION")), "{out:?}");
    }

    fn version_by_template(dhow) {
        let version = env!("CARGO_PKG_VERSION");
        for (template, expected) in [
            ("{{.Client.Version}}", version.to_string()),
            ("{{.Client.Os}}/{{upper .Client.Os}}", "linux/LINUX".to_string()),
            ("{{range $k, $v := .Client}}{{$k}} {{end}}", "Arch Os Version ".to_string()),
        ] {
            assert_eq!(dhow.run(["version", "--format", template]).ok().stdout(), format!("{expected}\n"));
        }
        assert_eq!(dhow.run(["version", "-f", "json"]).ok().json()["Client"]["Version"], version);
        assert_eq!(dhow.run(["version", "-f", "{{.Server.Version}}"]).ok().trimmed(), version);
        dhow.run(["version", "-f", "{{.Nope}}"]).fails(1).says("map has no entry for key \"Nope\"");
        dhow.run(["version", "-f", "{{.Client"]).fails(1).says("unclosed action");
    }

    fn of_an_option_with_one_value_the_last_counts(dhow) {
        dhow.load_busybox();
        let args = ["create", "--name", "a", "--rm", "--name=b", "--rm", "-e", "A=1", "-e", "B=2", "--network", "none", "busybox", "true", "--name", "c"];
        dhow.run(args).ok();
        let told = dhow.run(["inspect", "-f", "{{.Name}} {{.Config.Env}} {{.Args}}", "b"]).ok().trimmed();
        assert!(told.starts_with("/b ") && told.contains("A=1") && told.contains("B=2") && told.ends_with("[--name c]"), "{told}");
        dhow.run(["rm", "b"]).ok();
    }

    fn unknown_commands_and_flags_are_refused(dhow) {
        dhow.run(["no-such-command"]).fails(125);
        dhow.run(["version", "--no-such-flag"]).fails(125);
    }
}

#[test]
fn a_user_without_subordinate_ids_can_ask_for_help() {
    let out = Dhow::bare().run(["--help"]).ok();
    assert!(out.stdout().contains("version"), "{out:?}");
}

#[test]
fn a_hung_command_is_killed_and_reported() {
    let dhow = Dhow::root();
    let caught = std::panic::catch_unwind(|| {
        crate::harness::finish(
            std::process::Command::new("/bin/cat"),
            "cat".into(),
            crate::harness::Stdin::Open,
            std::time::Duration::from_millis(100),
        )
    });
    assert!(caught.is_err());
    drop(dhow);
}
