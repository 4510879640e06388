//! Containers that need others.

use crate::harness::Dhow;

fn running(dhow: &Dhow) -> Vec<String> {
    let mut names = dhow.run(["ps", "--format", "{{.Names}}"]).ok().lines();
    names.sort();
    names
}

both! {
    fn what_a_container_requires_is_started_first_and_kept(dhow) {
        dhow.load_busybox();
        dhow.run(["create", "--name", "base", "busybox", "sleep", "1000"]).ok();
        dhow.run(["create", "--name", "middle", "--requires", "base", "busybox", "sleep", "1000"]).ok();
        dhow.run(["run", "-d", "--name", "top", "--requires", "middle,base", "busybox", "sleep", "1000"]).ok();
        assert_eq!(running(dhow), ["base", "middle", "top"]);
        let base = dhow.run(["inspect", "-f", "{{.Id}}", "base"]).ok().trimmed();
        assert_eq!(dhow.run(["inspect", "-f", "{{index .Dependencies 0}}", "middle"]).ok().trimmed(), base);
        dhow.run(["rm", "base"]).fails(1).says("is required by");
        dhow.run(["stop", "-t", "0", "top", "middle", "base"]).ok();
        dhow.run(["rm", "base"]).fails(1).says("rm --depend");
        dhow.run(["rm", "top"]).ok();
        dhow.run(["rm", "base"]).fails(1).says("is required by middle");
        dhow.run(["rm", "--depend", "base"]).ok();
        assert!(dhow.run(["ps", "-aq"]).ok().out.is_empty());
        dhow.run(["run", "--rm", "--requires", "nobody", "busybox", "true"]).fails(125).says("No such container: nobody");
        dhow.run(["create", "--name", "a", "busybox", "true"]).ok();
        dhow.run(["create", "--name", "b", "--requires", "a", "busybox", "true"]).ok();
        dhow.run(["rm", "-f", "a"]).ok();
        dhow.run(["start", "b"]).fails(1).says("does not exist any more");
        dhow.run(["rm", "b"]).ok();
    }
}
