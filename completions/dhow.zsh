#compdef dhow

autoload -U is-at-least

_dhow() {
    typeset -A opt_args
    typeset -a _arguments_options
    local ret=1

    if is-at-least 5.2; then
        _arguments_options=(-s -S -C)
    else
        _arguments_options=(-s -C)
    fi

    local context curcontext="$curcontext" state line
    _arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-v[Print the version]' \
'--version[Print the version]' \
'-h[Print help]' \
'--help[Print help]' \
":: :_dhow_commands" \
"*::: :->dhow" \
&& ret=0
    case $state in
    (dhow)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:dhow-command-$line[1]:"
        case $line[1] in
            (builder)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-h[Print help]' \
'--help[Print help]' \
":: :_dhow__subcmd__builder_commands" \
"*::: :->builder" \
&& ret=0

    case $state in
    (builder)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:dhow-builder-command-$line[1]:"
        case $line[1] in
            (prune)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-a[Also what is in use]' \
'--all[Also what is in use]' \
'-f[Don'\''t ask]' \
'--force[Don'\''t ask]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
        esac
    ;;
esac
;;
(container)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-h[Print help]' \
'--help[Print help]' \
":: :_dhow__subcmd__container_commands" \
"*::: :->container" \
&& ret=0

    case $state in
    (container)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:dhow-container-command-$line[1]:"
        case $line[1] in
            (attach)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'--sig-proxy=[Pass signals on to the container]::BOOL:(true false)' \
'--detach-keys=[Keys that detach from the container \[default\: ctrl-p,ctrl-q\]]:KEYS:_default' \
'--no-stdin[Do not attach standard input]' \
'-h[Print help]' \
'--help[Print help]' \
':container:_default' \
&& ret=0
;;
(commit)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-a+[Who made it, as "Jane Doe <jane@example.org>"]:AUTHOR:_default' \
'--author=[Who made it, as "Jane Doe <jane@example.org>"]:AUTHOR:_default' \
'*-c+[Apply a Dockerfile instruction\: CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME, WORKDIR]:INSTRUCTION:_default' \
'*--change=[Apply a Dockerfile instruction\: CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME, WORKDIR]:INSTRUCTION:_default' \
'-f+[What kind of image to make]:FORMAT:((oci\:"Manifest and configuration of the OCI"
docker\:"Docker'\''s manifest, schema 2"))' \
'--format=[What kind of image to make]:FORMAT:((oci\:"Manifest and configuration of the OCI"
docker\:"Docker'\''s manifest, schema 2"))' \
'--iidfile=[Write the image'\''s ID to this file]:FILE:_files' \
'-m+[Comment in the image'\''s history]:MESSAGE:_default' \
'--message=[Comment in the image'\''s history]:MESSAGE:_default' \
'-p+[Freeze the container meanwhile (done if it can be, unless this says false)]::BOOL:(true false)' \
'--pause=[Freeze the container meanwhile (done if it can be, unless this says false)]::BOOL:(true false)' \
'--timestamp=[Give the image, and new files at most, this time, in seconds since the epoch]:SECONDS:_default' \
'-q[Print nothing but the ID (which is all that is printed anyway)]' \
'--quiet[Print nothing but the ID (which is all that is printed anyway)]' \
'-s[Make one layer of all]' \
'--squash[Make one layer of all]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
':container:_default' \
'::name:_default' \
&& ret=0
;;
(cp)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-a[Into a container\: everything belongs to the user it runs as. Out of it\: owners stay what they are, if root copies]' \
'--archive[Into a container\: everything belongs to the user it runs as. Out of it\: owners stay what they are, if root copies]' \
'-L[Follow a symbolic link that the source is]' \
'--follow-link[Follow a symbolic link that the source is]' \
'-q[Don'\''t say on the terminal how much was copied]' \
'--quiet[Don'\''t say on the terminal how much was copied]' \
'-h[Print help]' \
'--help[Print help]' \
':source -- \[CONTAINER\:\]PATH, or - for a tar archive on standard input:_default' \
':destination -- \[CONTAINER\:\]PATH, or - for a tar archive on standard output:_default' \
&& ret=0
;;
(create)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'*-a+[Attach to stdin, stdout or stderr]:STREAM:_default' \
'*--attach=[Attach to stdin, stdout or stderr]:STREAM:_default' \
'--name=[Name of the container]:NAME:_default' \
'*-e+[Set an environment variable (NAME=VALUE, or NAME to take it from this environment)]:NAME[=VALUE]:_default' \
'*--env=[Set an environment variable (NAME=VALUE, or NAME to take it from this environment)]:NAME[=VALUE]:_default' \
'*--env-file=[Read environment variables from a file]:FILE:_files' \
'-w+[Working directory in the container]:DIR:_default' \
'--workdir=[Working directory in the container]:DIR:_default' \
'-u+[User (and group) to run as, by name or number]:USER[:GROUP]:_default' \
'--user=[User (and group) to run as, by name or number]:USER[:GROUP]:_default' \
'*--group-add=[Further groups of the process]:GROUP:_default' \
'--entrypoint=[Replace the image'\''s entry point]:COMMAND:_default' \
'-h+[Host name of the container]:NAME:_default' \
'--hostname=[Host name of the container]:NAME:_default' \
'*-v+[Mount a volume, or a directory or file of the host\: ro, rw, z, Z, U, O, nocopy, exec, noexec, dev, nodev, suid, nosuid, bind, rbind, idmap, shared, slave, private, rshared, rslave, rprivate]:[SOURCE:]DEST[:OPTIONS]:_default' \
'*--volume=[Mount a volume, or a directory or file of the host\: ro, rw, z, Z, U, O, nocopy, exec, noexec, dev, nodev, suid, nosuid, bind, rbind, idmap, shared, slave, private, rshared, rslave, rprivate]:[SOURCE:]DEST[:OPTIONS]:_default' \
'--volume-driver=[Who makes the volumes that are not there yet\: local is the only one]:DRIVER:_default' \
'*--mount=[Mount a bind, volume, tmpfs, image, ramfs or devpts (type=TYPE,source=SOURCE,target=DEST,…)]:KEY=VALUE,...:_default' \
'*--volumes-from=[Mount what another container has mounted]:CONTAINER[:ro|rw|z|Z]:_default' \
'*--tmpfs=[Mount an empty file system in memory]:DEST[:OPTIONS]:_default' \
'--image-volume=[What the places become that the image has for volumes\: anonymous (volumes without a name), tmpfs or ignore]:WHAT:((anonymous\:"Volumes without a name"
tmpfs\:"File systems in memory"
ignore\:"Nothing"))' \
'--read-only-tmpfs=[With --read-only\: file systems in memory on /run, /tmp and /var/tmp]::BOOL:(true false)' \
'*--storage-opt=[size=SIZE\: how much the container may write]:KEY=VALUE:_default' \
'*-l+[Set a label]:KEY[=VALUE]:_default' \
'*--label=[Set a label]:KEY[=VALUE]:_default' \
'*--label-file=[Read labels from a file]:FILE:_files' \
'--cidfile=[Write the container'\''s id to a file]:FILE:_files' \
'--pull=[When to pull the image \[default\: missing\]]:PULL:((always\:"Always; fail if the registry can'\''t be asked"
missing\:"If the image isn'\''t there"
never\:"Never; fail if the image isn'\''t there"
newer\:"If the registry has another one than the store"))' \
'--platform=[Platform of the image]:OS/ARCH[/VARIANT]:_default' \
'*--network=[Network\: NAME\[\:ip=ADDRESS,mac=ADDRESS,alias=NAME,interface_name=NAME,link-local-ip=ADDRESS,driver-opt=KEY=VALUE,host_loopback\], none, host, container\:NAME, ns\:PATH, pasta\[\:OPTION,...\] or slirp4netns\[\:OPTION,...\]]:NETWORK:_default' \
'--ip=[IPv4 address on the network]:ADDRESS:_default' \
'--ip6=[IPv6 address on the network]:ADDRESS:_default' \
'--mac-address=[Hardware address on the network]:ADDRESS:_default' \
'*--link-local-ip=[A further address that is good on the network'\''s link alone]:ADDRESS:_default' \
'*--network-alias=[A further name of the container on the network]:NAME:_default' \
'*--link=[Another container'\''s name for this one alone]:CONTAINER[:ALIAS]:_default' \
'*-p+[Publish a port of the container on the host]:[[IP:]PORT:]PORT[/PROTOCOL]:_default' \
'*--publish=[Publish a port of the container on the host]:[[IP:]PORT:]PORT[/PROTOCOL]:_default' \
'--publish-mode=[How published ports reach the container\: dnat, or proxy, through a listener that firewalls filter as any local service \[default\: dnat\]]:MODE:_default' \
'*--expose=[Expose a port or a range of them]:PORT[/PROTOCOL]:_default' \
'*--add-host=[Add a line to /etc/hosts; the address host-gateway is the host'\''s on the network]:NAME:ADDRESS:_default' \
'*--dns=[Name server]:ADDRESS:_default' \
'*--dns-search=[Domain in which names are searched, . for none]:DOMAIN:_default' \
'*--dns-option=[Option of the resolver]:OPTION:_default' \
'*--cap-add=[Add a capability]:CAP:_default' \
'*--cap-drop=[Drop a capability]:CAP:_default' \
'*--security-opt=[no-new-privileges, seccomp=FILE|unconfined, apparmor=PROFILE|unconfined, label=LABEL|disable, mask=PATH\[\:PATH\], unmask=ALL|PATH\[\:PATH\], systempaths=unconfined]:OPTION:_default' \
'--stop-signal=[Signal that asks the container to stop]:SIGNAL:_default' \
'--stop-timeout=[Seconds to wait for the container to stop before it is killed, -1 to wait for ever \[default\: 10\]]:SECONDS:_default' \
'--restart=[When to start it again after it has ended\: no, on-failure\[\:N\], always or unless-stopped]:POLICY:_default' \
'*--requires=[Containers that are started before this one]:CONTAINER:_default' \
'--health-cmd=[Command that checks the container'\''s health\: a line for the shell, or a JSON list]:COMMAND:_default' \
'--health-interval=[Time between two checks]:TIME:_default' \
'--health-timeout=[Time that a check may take]:TIME:_default' \
'--health-retries=[Failures in a row that make the container unhealthy]:N:_default' \
'--health-start-period=[Time after the start in which failures do not count]:TIME:_default' \
'--health-start-interval=[Time between two checks in the start period]:TIME:_default' \
'--health-on-failure=[What to do when the container becomes unhealthy]:ACTION:(none kill restart stop)' \
'--oom-score-adj=[How readily the kernel kills it for want of memory, -1000 to 1000]:NUMBER:_default' \
'--domainname=[NIS domain name]:NAME:_default' \
'--umask=[File mode creation mask]:OCTAL:_default' \
'*--annotation=[Add an annotation, for the runtime]:KEY=VALUE:_default' \
'--timeout=[Seconds after which the container is killed]:SECONDS:_default' \
'--tz=[Time zone, as Europe/Berlin, or local for the host'\''s]:ZONE:_default' \
'--passwd-entry=[Add a line to the container'\''s /etc/passwd]:ENTRY:_default' \
'*--hostuser=[Add a user of this host to the container'\''s /etc/passwd]:USER:_default' \
'--init=[Run an init as process 1, which passes signals on and reaps processes]::BOOL:(true false)' \
'--runtime=[OCI runtime that runs the container instead of the built-in, by its name in config.toml, its program'\''s name or its path]:NAME|PATH:_default' \
'--pid=[PID namespace\: private, host or container\:NAME]:MODE:_default' \
'--ipc=[IPC namespace and /dev/shm\: private, shareable (others may join), none (no /dev/shm), host or container\:NAME \[default\: private\]]:MODE:_default' \
'--uts=[UTS namespace\: private or host]:MODE:_default' \
'--userns=[User namespace\: host, private, auto\[\:size=N,uidmapping=C\:H\:N,gidmapping=C\:H\:N\]; for an ordinary user keep-id\[\:uid=N,gid=N\] (its ids are the same inside) or nomap (they don'\''t occur)]:MODE:_default' \
'*--uidmap=[Map a user id of the container to one of the host (an ordinary user'\''s\: 0 is its own, its subordinate ids follow)]:CONTAINER:HOST[:SIZE]:_default' \
'*--gidmap=[Map a group id of the container to one of the host, as --uidmap]:CONTAINER:HOST[:SIZE]:_default' \
'--cgroupns=[Cgroup namespace\: private or host \[default\: private\]]:MODE:_default' \
'-m+[Limit of memory]:SIZE:_default' \
'--memory=[Limit of memory]:SIZE:_default' \
'--memory-reservation=[Memory to be left to the container when the host is short of it]:SIZE:_default' \
'--memory-swap=[Limit of memory and swap together, -1 for any amount of swap]:SIZE:_default' \
'--kernel-memory=[Not supported\: the kernel has no such limit any more]:SIZE:_default' \
'--cpus=[How many CPUs'\'' time it may use, as 1.5]:NUMBER:_default' \
'-c+[Share of the CPUs when they are contended, relative to other containers'\'' (1024 is usual)]:SHARES:_default' \
'--cpu-shares=[Share of the CPUs when they are contended, relative to other containers'\'' (1024 is usual)]:SHARES:_default' \
'--cpu-period=[Period of the CPU quota in microseconds]:MICROSECONDS:_default' \
'--cpu-quota=[CPU time in each period in microseconds]:MICROSECONDS:_default' \
'--cpu-rt-period=[Period of the real-time quota in microseconds]:MICROSECONDS:_default' \
'--cpu-rt-runtime=[Real-time CPU time in each period in microseconds]:MICROSECONDS:_default' \
'--cpuset-cpus=[CPUs to run on, as 0-3,8]:LIST:_default' \
'--cpuset-mems=[Memory nodes to take memory from, as 0-1]:LIST:_default' \
'--pids-limit=[How many processes and threads there may be, -1 for any number]:NUMBER:_default' \
'--blkio-weight=[Share of the disks when they are contended, 10 to 1000]:WEIGHT:_default' \
'--memory-swappiness=[Readiness to swap, 0 to 100]:NUMBER:_default' \
'*--blkio-weight-device=[Share of one disk]:DEVICE:WEIGHT:_default' \
'*--device-read-bps=[Limit of bytes read from a device in a second]:DEVICE:SIZE:_default' \
'*--device-write-bps=[Limit of bytes written to a device in a second]:DEVICE:SIZE:_default' \
'*--device-read-iops=[Limit of reads from a device in a second]:DEVICE:NUMBER:_default' \
'*--device-write-iops=[Limit of writes to a device in a second]:DEVICE:NUMBER:_default' \
'*--cgroup-conf=[Write a value to a file of the container'\''s cgroup (version 2), as memory.high=1073741824]:FILE=VALUE:_default' \
'--cgroup-parent=[Cgroup to make the container'\''s own in]:PATH:_default' \
'*--device=[Add a device of the host, all in a directory, or one that a CDI file describes (VENDOR/CLASS=NAME)]:HOST[:CONTAINER[:rwm]]:_default' \
'*--gpus=[Add graphics processors\: all, how many, or device=ID\[,ID...\] (through CDI)]:GPUS:_default' \
'*--cdi-spec-dir=[Directory of CDI files, instead of /etc/cdi and /var/run/cdi; a later one counts more]:DIR:_files' \
'*--device-cgroup-rule=[Allow more devices, as "c 10\:* rw"]:RULE:_default' \
'--shm-size=[Size of /dev/shm \[default\: 64m\]]:SIZE:_default' \
'*--ulimit=[Set a resource limit]:NAME=SOFT[:HARD]:_default' \
'*--sysctl=[Set a kernel parameter of the container'\''s namespaces]:KEY=VALUE:_default' \
'--detach-keys=[Keys that detach from the container \[default\: ctrl-p,ctrl-q\]]:KEYS:_default' \
'--log-driver=[Where output is logged\: json-file, local, journald, passthrough or none \[default\: json-file\]]:DRIVER:_default' \
'*--log-opt=[Option of the log driver\: max-size, max-file, compress, labels, env, tag, mode, max-buffer-size]:KEY=VALUE:_default' \
'--rootfs=[Run from a directory of the host instead of an image, with O leaving it as it is; what follows is the command]:DIR[:O]:_files' \
'--help[Print help]' \
'-i[Keep standard input open even if not attached]' \
'--interactive[Keep standard input open even if not attached]' \
'-t[Give the container a terminal]' \
'--tty[Give the container a terminal]' \
'--rm[Remove the container when it ends]' \
'--read-only[Make the root file system read-only]' \
'--ephemeral[With --rm\: keep what the container changes in memory]' \
'-q[Print nothing while pulling]' \
'--quiet[Print nothing while pulling]' \
'-P[Publish all exposed ports on ports of the host that are free]' \
'--publish-all[Publish all exposed ports on ports of the host that are free]' \
'(--add-host)--no-hosts[Leave the image'\''s /etc/hosts as it is]' \
'--no-hostname[Leave the image'\''s /etc/hostname as it is]' \
'--privileged[Give the container all capabilities and devices]' \
'--no-healthcheck[Do not check the health, even if the image says how]' \
'--env-host[Give the container this environment'\''s variables]' \
'--oom-kill-disable[Let processes wait instead of killing one when the limit of memory is reached]' \
'*::args -- Image, command and arguments:_default' \
&& ret=0
;;
(diff)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'--format=[How to print it\: json; a line for each path if not given]:FORMAT:_default' \
'-h[Print help]' \
'--help[Print help]' \
':container:_default' \
&& ret=0
;;
(exec)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'--detach-keys=[Keys that detach from the command \[default\: ctrl-p,ctrl-q\]]:KEYS:_default' \
'*-e+[Set an environment variable]:NAME[=VALUE]:_default' \
'*--env=[Set an environment variable]:NAME[=VALUE]:_default' \
'*--env-file=[Read environment variables from a file]:FILE:_files' \
'--preserve-fds=[Let the command have so many descriptors, from 3 on, that are open here]:N:_default' \
'-u+[User (and group) to run as]:USER[:GROUP]:_default' \
'--user=[User (and group) to run as]:USER[:GROUP]:_default' \
'-w+[Working directory]:DIR:_files' \
'--workdir=[Working directory]:DIR:_files' \
'-d[Run in the background]' \
'--detach[Run in the background]' \
'-i[Pass standard input on]' \
'--interactive[Pass standard input on]' \
'--privileged[Give the command all capabilities]' \
'-t[Give the command a terminal]' \
'--tty[Give the command a terminal]' \
'-h[Print help]' \
'--help[Print help]' \
'*::args -- Container, command and arguments:_default' \
&& ret=0
;;
(export)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-o+[Write to this file instead of standard output]:FILE:_files' \
'--output=[Write to this file instead of standard output]:FILE:_files' \
'-h[Print help]' \
'--help[Print help]' \
':container:_default' \
&& ret=0
;;
(inspect)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-f+[json, or a Go template]:FORMAT:_default' \
'--format=[json, or a Go template]:FORMAT:_default' \
'-s[Also the size of what the container has written]' \
'--size[Also the size of what the container has written]' \
'-h[Print help]' \
'--help[Print help]' \
'*::containers:_default' \
&& ret=0
;;
(kill)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-s+[Signal to send]:SIGNAL:_default' \
'--signal=[Signal to send]:SIGNAL:_default' \
'-a[All running containers]' \
'--all[All running containers]' \
'-h[Print help]' \
'--help[Print help]' \
'*::containers:_default' \
&& ret=0
;;
(logs)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-n+[Only the last lines]:LINES:_default' \
'--tail=[Only the last lines]:LINES:_default' \
'--since=[Only what was written since (a time, or a duration such as 10m)]:TIME:_default' \
'--until=[Only what was written before]:TIME:_default' \
'-f[Go on as it writes more]' \
'--follow[Go on as it writes more]' \
'-t[Print the time of each line]' \
'--timestamps[Print the time of each line]' \
'--details[Print the labels, variables and the tag that go with each line (--log-opt labels, env, tag)]' \
'-h[Print help]' \
'--help[Print help]' \
':container:_default' \
&& ret=0
;;
(mount)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'--format=[How to list those that are mounted\: json; a line for each if not given]:FORMAT:_default' \
'-a[All there are]' \
'--all[All there are]' \
'--no-trunc[Print whole IDs]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'*::containers:_default' \
&& ret=0
;;
(ls)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'*-f+[Only those that fit\: id, name, label, status, exited, ancestor, before, since, network, volume, expose, publish, health]:KEY=VALUE:_default' \
'*--filter=[Only those that fit\: id, name, label, status, exited, ancestor, before, since, network, volume, expose, publish, health]:KEY=VALUE:_default' \
'--format=[table, json, or a Go template]:FORMAT:_default' \
'-n+[The last so many that were created, in whatever state]:NUMBER:_default' \
'--last=[The last so many that were created, in whatever state]:NUMBER:_default' \
'-a[Also those that aren'\''t running]' \
'--all[Also those that aren'\''t running]' \
'-l[The one that was created last, in whatever state]' \
'--latest[The one that was created last, in whatever state]' \
'--no-trunc[Do not shorten]' \
'-q[Only ids]' \
'--quiet[Only ids]' \
'-s[Also the size of what the container has written]' \
'--size[Also the size of what the container has written]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(list)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'*-f+[Only those that fit\: id, name, label, status, exited, ancestor, before, since, network, volume, expose, publish, health]:KEY=VALUE:_default' \
'*--filter=[Only those that fit\: id, name, label, status, exited, ancestor, before, since, network, volume, expose, publish, health]:KEY=VALUE:_default' \
'--format=[table, json, or a Go template]:FORMAT:_default' \
'-n+[The last so many that were created, in whatever state]:NUMBER:_default' \
'--last=[The last so many that were created, in whatever state]:NUMBER:_default' \
'-a[Also those that aren'\''t running]' \
'--all[Also those that aren'\''t running]' \
'-l[The one that was created last, in whatever state]' \
'--latest[The one that was created last, in whatever state]' \
'--no-trunc[Do not shorten]' \
'-q[Only ids]' \
'--quiet[Only ids]' \
'-s[Also the size of what the container has written]' \
'--size[Also the size of what the container has written]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(ps)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'*-f+[Only those that fit\: id, name, label, status, exited, ancestor, before, since, network, volume, expose, publish, health]:KEY=VALUE:_default' \
'*--filter=[Only those that fit\: id, name, label, status, exited, ancestor, before, since, network, volume, expose, publish, health]:KEY=VALUE:_default' \
'--format=[table, json, or a Go template]:FORMAT:_default' \
'-n+[The last so many that were created, in whatever state]:NUMBER:_default' \
'--last=[The last so many that were created, in whatever state]:NUMBER:_default' \
'-a[Also those that aren'\''t running]' \
'--all[Also those that aren'\''t running]' \
'-l[The one that was created last, in whatever state]' \
'--latest[The one that was created last, in whatever state]' \
'--no-trunc[Do not shorten]' \
'-q[Only ids]' \
'--quiet[Only ids]' \
'-s[Also the size of what the container has written]' \
'--size[Also the size of what the container has written]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(pause)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-a[All running containers]' \
'--all[All running containers]' \
'-h[Print help]' \
'--help[Print help]' \
'*::containers:_default' \
&& ret=0
;;
(port)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-h[Print help]' \
'--help[Print help]' \
':container:_default' \
'::port -- A port in the container, with /tcp or /udp:_default' \
&& ret=0
;;
(prune)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'*--filter=[Only those that fit\: until=TIME, label=KEY\[=VALUE\], label!=KEY\[=VALUE\]]:FILTER:_default' \
'-f[Do not ask]' \
'--force[Do not ask]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(rename)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-h[Print help]' \
'--help[Print help]' \
':container:_default' \
':name:_default' \
&& ret=0
;;
(restart)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-s+[Signal to send first]:SIGNAL:_default' \
'--signal=[Signal to send first]:SIGNAL:_default' \
'-t+[Seconds to wait before killing the container, -1 to wait for ever]:SECONDS:_default' \
'--timeout=[Seconds to wait before killing the container, -1 to wait for ever]:SECONDS:_default' \
'-h[Print help]' \
'--help[Print help]' \
'*::containers:_default' \
&& ret=0
;;
(rm)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-a[All containers]' \
'--all[All containers]' \
'-f[Kill running containers first; a missing one is no error]' \
'--force[Kill running containers first; a missing one is no error]' \
'--depend[Remove those that require it (--requires), too]' \
'-v[Remove the volumes without a name with the container]' \
'--volumes[Remove the volumes without a name with the container]' \
'-h[Print help]' \
'--help[Print help]' \
'*::containers:_default' \
&& ret=0
;;
(remove)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-a[All containers]' \
'--all[All containers]' \
'-f[Kill running containers first; a missing one is no error]' \
'--force[Kill running containers first; a missing one is no error]' \
'--depend[Remove those that require it (--requires), too]' \
'-v[Remove the volumes without a name with the container]' \
'--volumes[Remove the volumes without a name with the container]' \
'-h[Print help]' \
'--help[Print help]' \
'*::containers:_default' \
&& ret=0
;;
(run)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'--sig-proxy=[Pass signals on to the container]::BOOL:(true false)' \
'--preserve-fds=[Let the program have so many descriptors, from 3 on, that are open here]:N:_default' \
'*-a+[Attach to stdin, stdout or stderr]:STREAM:_default' \
'*--attach=[Attach to stdin, stdout or stderr]:STREAM:_default' \
'--name=[Name of the container]:NAME:_default' \
'*-e+[Set an environment variable (NAME=VALUE, or NAME to take it from this environment)]:NAME[=VALUE]:_default' \
'*--env=[Set an environment variable (NAME=VALUE, or NAME to take it from this environment)]:NAME[=VALUE]:_default' \
'*--env-file=[Read environment variables from a file]:FILE:_files' \
'-w+[Working directory in the container]:DIR:_default' \
'--workdir=[Working directory in the container]:DIR:_default' \
'-u+[User (and group) to run as, by name or number]:USER[:GROUP]:_default' \
'--user=[User (and group) to run as, by name or number]:USER[:GROUP]:_default' \
'*--group-add=[Further groups of the process]:GROUP:_default' \
'--entrypoint=[Replace the image'\''s entry point]:COMMAND:_default' \
'-h+[Host name of the container]:NAME:_default' \
'--hostname=[Host name of the container]:NAME:_default' \
'*-v+[Mount a volume, or a directory or file of the host\: ro, rw, z, Z, U, O, nocopy, exec, noexec, dev, nodev, suid, nosuid, bind, rbind, idmap, shared, slave, private, rshared, rslave, rprivate]:[SOURCE:]DEST[:OPTIONS]:_default' \
'*--volume=[Mount a volume, or a directory or file of the host\: ro, rw, z, Z, U, O, nocopy, exec, noexec, dev, nodev, suid, nosuid, bind, rbind, idmap, shared, slave, private, rshared, rslave, rprivate]:[SOURCE:]DEST[:OPTIONS]:_default' \
'--volume-driver=[Who makes the volumes that are not there yet\: local is the only one]:DRIVER:_default' \
'*--mount=[Mount a bind, volume, tmpfs, image, ramfs or devpts (type=TYPE,source=SOURCE,target=DEST,…)]:KEY=VALUE,...:_default' \
'*--volumes-from=[Mount what another container has mounted]:CONTAINER[:ro|rw|z|Z]:_default' \
'*--tmpfs=[Mount an empty file system in memory]:DEST[:OPTIONS]:_default' \
'--image-volume=[What the places become that the image has for volumes\: anonymous (volumes without a name), tmpfs or ignore]:WHAT:((anonymous\:"Volumes without a name"
tmpfs\:"File systems in memory"
ignore\:"Nothing"))' \
'--read-only-tmpfs=[With --read-only\: file systems in memory on /run, /tmp and /var/tmp]::BOOL:(true false)' \
'*--storage-opt=[size=SIZE\: how much the container may write]:KEY=VALUE:_default' \
'*-l+[Set a label]:KEY[=VALUE]:_default' \
'*--label=[Set a label]:KEY[=VALUE]:_default' \
'*--label-file=[Read labels from a file]:FILE:_files' \
'--cidfile=[Write the container'\''s id to a file]:FILE:_files' \
'--pull=[When to pull the image \[default\: missing\]]:PULL:((always\:"Always; fail if the registry can'\''t be asked"
missing\:"If the image isn'\''t there"
never\:"Never; fail if the image isn'\''t there"
newer\:"If the registry has another one than the store"))' \
'--platform=[Platform of the image]:OS/ARCH[/VARIANT]:_default' \
'*--network=[Network\: NAME\[\:ip=ADDRESS,mac=ADDRESS,alias=NAME,interface_name=NAME,link-local-ip=ADDRESS,driver-opt=KEY=VALUE,host_loopback\], none, host, container\:NAME, ns\:PATH, pasta\[\:OPTION,...\] or slirp4netns\[\:OPTION,...\]]:NETWORK:_default' \
'--ip=[IPv4 address on the network]:ADDRESS:_default' \
'--ip6=[IPv6 address on the network]:ADDRESS:_default' \
'--mac-address=[Hardware address on the network]:ADDRESS:_default' \
'*--link-local-ip=[A further address that is good on the network'\''s link alone]:ADDRESS:_default' \
'*--network-alias=[A further name of the container on the network]:NAME:_default' \
'*--link=[Another container'\''s name for this one alone]:CONTAINER[:ALIAS]:_default' \
'*-p+[Publish a port of the container on the host]:[[IP:]PORT:]PORT[/PROTOCOL]:_default' \
'*--publish=[Publish a port of the container on the host]:[[IP:]PORT:]PORT[/PROTOCOL]:_default' \
'--publish-mode=[How published ports reach the container\: dnat, or proxy, through a listener that firewalls filter as any local service \[default\: dnat\]]:MODE:_default' \
'*--expose=[Expose a port or a range of them]:PORT[/PROTOCOL]:_default' \
'*--add-host=[Add a line to /etc/hosts; the address host-gateway is the host'\''s on the network]:NAME:ADDRESS:_default' \
'*--dns=[Name server]:ADDRESS:_default' \
'*--dns-search=[Domain in which names are searched, . for none]:DOMAIN:_default' \
'*--dns-option=[Option of the resolver]:OPTION:_default' \
'*--cap-add=[Add a capability]:CAP:_default' \
'*--cap-drop=[Drop a capability]:CAP:_default' \
'*--security-opt=[no-new-privileges, seccomp=FILE|unconfined, apparmor=PROFILE|unconfined, label=LABEL|disable, mask=PATH\[\:PATH\], unmask=ALL|PATH\[\:PATH\], systempaths=unconfined]:OPTION:_default' \
'--stop-signal=[Signal that asks the container to stop]:SIGNAL:_default' \
'--stop-timeout=[Seconds to wait for the container to stop before it is killed, -1 to wait for ever \[default\: 10\]]:SECONDS:_default' \
'--restart=[When to start it again after it has ended\: no, on-failure\[\:N\], always or unless-stopped]:POLICY:_default' \
'*--requires=[Containers that are started before this one]:CONTAINER:_default' \
'--health-cmd=[Command that checks the container'\''s health\: a line for the shell, or a JSON list]:COMMAND:_default' \
'--health-interval=[Time between two checks]:TIME:_default' \
'--health-timeout=[Time that a check may take]:TIME:_default' \
'--health-retries=[Failures in a row that make the container unhealthy]:N:_default' \
'--health-start-period=[Time after the start in which failures do not count]:TIME:_default' \
'--health-start-interval=[Time between two checks in the start period]:TIME:_default' \
'--health-on-failure=[What to do when the container becomes unhealthy]:ACTION:(none kill restart stop)' \
'--oom-score-adj=[How readily the kernel kills it for want of memory, -1000 to 1000]:NUMBER:_default' \
'--domainname=[NIS domain name]:NAME:_default' \
'--umask=[File mode creation mask]:OCTAL:_default' \
'*--annotation=[Add an annotation, for the runtime]:KEY=VALUE:_default' \
'--timeout=[Seconds after which the container is killed]:SECONDS:_default' \
'--tz=[Time zone, as Europe/Berlin, or local for the host'\''s]:ZONE:_default' \
'--passwd-entry=[Add a line to the container'\''s /etc/passwd]:ENTRY:_default' \
'*--hostuser=[Add a user of this host to the container'\''s /etc/passwd]:USER:_default' \
'--init=[Run an init as process 1, which passes signals on and reaps processes]::BOOL:(true false)' \
'--runtime=[OCI runtime that runs the container instead of the built-in, by its name in config.toml, its program'\''s name or its path]:NAME|PATH:_default' \
'--pid=[PID namespace\: private, host or container\:NAME]:MODE:_default' \
'--ipc=[IPC namespace and /dev/shm\: private, shareable (others may join), none (no /dev/shm), host or container\:NAME \[default\: private\]]:MODE:_default' \
'--uts=[UTS namespace\: private or host]:MODE:_default' \
'--userns=[User namespace\: host, private, auto\[\:size=N,uidmapping=C\:H\:N,gidmapping=C\:H\:N\]; for an ordinary user keep-id\[\:uid=N,gid=N\] (its ids are the same inside) or nomap (they don'\''t occur)]:MODE:_default' \
'*--uidmap=[Map a user id of the container to one of the host (an ordinary user'\''s\: 0 is its own, its subordinate ids follow)]:CONTAINER:HOST[:SIZE]:_default' \
'*--gidmap=[Map a group id of the container to one of the host, as --uidmap]:CONTAINER:HOST[:SIZE]:_default' \
'--cgroupns=[Cgroup namespace\: private or host \[default\: private\]]:MODE:_default' \
'-m+[Limit of memory]:SIZE:_default' \
'--memory=[Limit of memory]:SIZE:_default' \
'--memory-reservation=[Memory to be left to the container when the host is short of it]:SIZE:_default' \
'--memory-swap=[Limit of memory and swap together, -1 for any amount of swap]:SIZE:_default' \
'--kernel-memory=[Not supported\: the kernel has no such limit any more]:SIZE:_default' \
'--cpus=[How many CPUs'\'' time it may use, as 1.5]:NUMBER:_default' \
'-c+[Share of the CPUs when they are contended, relative to other containers'\'' (1024 is usual)]:SHARES:_default' \
'--cpu-shares=[Share of the CPUs when they are contended, relative to other containers'\'' (1024 is usual)]:SHARES:_default' \
'--cpu-period=[Period of the CPU quota in microseconds]:MICROSECONDS:_default' \
'--cpu-quota=[CPU time in each period in microseconds]:MICROSECONDS:_default' \
'--cpu-rt-period=[Period of the real-time quota in microseconds]:MICROSECONDS:_default' \
'--cpu-rt-runtime=[Real-time CPU time in each period in microseconds]:MICROSECONDS:_default' \
'--cpuset-cpus=[CPUs to run on, as 0-3,8]:LIST:_default' \
'--cpuset-mems=[Memory nodes to take memory from, as 0-1]:LIST:_default' \
'--pids-limit=[How many processes and threads there may be, -1 for any number]:NUMBER:_default' \
'--blkio-weight=[Share of the disks when they are contended, 10 to 1000]:WEIGHT:_default' \
'--memory-swappiness=[Readiness to swap, 0 to 100]:NUMBER:_default' \
'*--blkio-weight-device=[Share of one disk]:DEVICE:WEIGHT:_default' \
'*--device-read-bps=[Limit of bytes read from a device in a second]:DEVICE:SIZE:_default' \
'*--device-write-bps=[Limit of bytes written to a device in a second]:DEVICE:SIZE:_default' \
'*--device-read-iops=[Limit of reads from a device in a second]:DEVICE:NUMBER:_default' \
'*--device-write-iops=[Limit of writes to a device in a second]:DEVICE:NUMBER:_default' \
'*--cgroup-conf=[Write a value to a file of the container'\''s cgroup (version 2), as memory.high=1073741824]:FILE=VALUE:_default' \
'--cgroup-parent=[Cgroup to make the container'\''s own in]:PATH:_default' \
'*--device=[Add a device of the host, all in a directory, or one that a CDI file describes (VENDOR/CLASS=NAME)]:HOST[:CONTAINER[:rwm]]:_default' \
'*--gpus=[Add graphics processors\: all, how many, or device=ID\[,ID...\] (through CDI)]:GPUS:_default' \
'*--cdi-spec-dir=[Directory of CDI files, instead of /etc/cdi and /var/run/cdi; a later one counts more]:DIR:_files' \
'*--device-cgroup-rule=[Allow more devices, as "c 10\:* rw"]:RULE:_default' \
'--shm-size=[Size of /dev/shm \[default\: 64m\]]:SIZE:_default' \
'*--ulimit=[Set a resource limit]:NAME=SOFT[:HARD]:_default' \
'*--sysctl=[Set a kernel parameter of the container'\''s namespaces]:KEY=VALUE:_default' \
'--detach-keys=[Keys that detach from the container \[default\: ctrl-p,ctrl-q\]]:KEYS:_default' \
'--log-driver=[Where output is logged\: json-file, local, journald, passthrough or none \[default\: json-file\]]:DRIVER:_default' \
'*--log-opt=[Option of the log driver\: max-size, max-file, compress, labels, env, tag, mode, max-buffer-size]:KEY=VALUE:_default' \
'--rootfs=[Run from a directory of the host instead of an image, with O leaving it as it is; what follows is the command]:DIR[:O]:_files' \
'-d[Run in the background and print the container'\''s id]' \
'--detach[Run in the background and print the container'\''s id]' \
'--help[Print help]' \
'-i[Keep standard input open even if not attached]' \
'--interactive[Keep standard input open even if not attached]' \
'-t[Give the container a terminal]' \
'--tty[Give the container a terminal]' \
'--rm[Remove the container when it ends]' \
'--read-only[Make the root file system read-only]' \
'--ephemeral[With --rm\: keep what the container changes in memory]' \
'-q[Print nothing while pulling]' \
'--quiet[Print nothing while pulling]' \
'-P[Publish all exposed ports on ports of the host that are free]' \
'--publish-all[Publish all exposed ports on ports of the host that are free]' \
'(--add-host)--no-hosts[Leave the image'\''s /etc/hosts as it is]' \
'--no-hostname[Leave the image'\''s /etc/hostname as it is]' \
'--privileged[Give the container all capabilities and devices]' \
'--no-healthcheck[Do not check the health, even if the image says how]' \
'--env-host[Give the container this environment'\''s variables]' \
'--oom-kill-disable[Let processes wait instead of killing one when the limit of memory is reached]' \
'*::args -- Image, command and arguments:_default' \
&& ret=0
;;
(start)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'--sig-proxy=[Pass signals on to the container]::BOOL:(true false)' \
'--detach-keys=[Keys that detach from the container \[default\: ctrl-p,ctrl-q\]]:KEYS:_default' \
'-a[Attach to output and errors, and pass signals on]' \
'--attach[Attach to output and errors, and pass signals on]' \
'-i[Attach to standard input]' \
'--interactive[Attach to standard input]' \
'-h[Print help]' \
'--help[Print help]' \
'*::containers:_default' \
&& ret=0
;;
(stats)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'--format=[table, json, or a Go template]:FORMAT:_default' \
'-a[Also containers that aren'\''t running]' \
'--all[Also containers that aren'\''t running]' \
'--no-stream[Look once]' \
'--no-trunc[Do not shorten]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'*::containers:_default' \
&& ret=0
;;
(stop)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-s+[Signal to send first]:SIGNAL:_default' \
'--signal=[Signal to send first]:SIGNAL:_default' \
'-t+[Seconds to wait before killing the container, -1 to wait for ever]:SECONDS:_default' \
'--timeout=[Seconds to wait before killing the container, -1 to wait for ever]:SECONDS:_default' \
'-a[All running containers]' \
'--all[All running containers]' \
'-h[Print help]' \
'--help[Print help]' \
'*::containers:_default' \
&& ret=0
;;
(top)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-h[Print help]' \
'--help[Print help]' \
':container:_default' \
'*::columns -- Options of ps(1), as -ef, aux or -o COLUMN,..., or names of columns alone:_default' \
&& ret=0
;;
(unmount)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-a[All that are mounted]' \
'--all[All that are mounted]' \
'-f[Also if a process is at work there\: it keeps what it has open]' \
'--force[Also if a process is at work there\: it keeps what it has open]' \
'-h[Print help]' \
'--help[Print help]' \
'*::containers:_default' \
&& ret=0
;;
(umount)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-a[All that are mounted]' \
'--all[All that are mounted]' \
'-f[Also if a process is at work there\: it keeps what it has open]' \
'--force[Also if a process is at work there\: it keeps what it has open]' \
'-h[Print help]' \
'--help[Print help]' \
'*::containers:_default' \
&& ret=0
;;
(unpause)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-a[All paused containers]' \
'--all[All paused containers]' \
'-h[Print help]' \
'--help[Print help]' \
'*::containers:_default' \
&& ret=0
;;
(update)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-m+[Limit of memory]:SIZE:_default' \
'--memory=[Limit of memory]:SIZE:_default' \
'--memory-reservation=[Memory to be left to the container when the host is short of it]:SIZE:_default' \
'--memory-swap=[Limit of memory and swap together, -1 for any amount of swap]:SIZE:_default' \
'--kernel-memory=[Not supported\: the kernel has no such limit any more]:SIZE:_default' \
'--cpus=[How many CPUs'\'' time it may use, as 1.5]:NUMBER:_default' \
'-c+[Share of the CPUs when they are contended, relative to other containers'\'' (1024 is usual)]:SHARES:_default' \
'--cpu-shares=[Share of the CPUs when they are contended, relative to other containers'\'' (1024 is usual)]:SHARES:_default' \
'--cpu-period=[Period of the CPU quota in microseconds]:MICROSECONDS:_default' \
'--cpu-quota=[CPU time in each period in microseconds]:MICROSECONDS:_default' \
'--cpu-rt-period=[Period of the real-time quota in microseconds]:MICROSECONDS:_default' \
'--cpu-rt-runtime=[Real-time CPU time in each period in microseconds]:MICROSECONDS:_default' \
'--cpuset-cpus=[CPUs to run on, as 0-3,8]:LIST:_default' \
'--cpuset-mems=[Memory nodes to take memory from, as 0-1]:LIST:_default' \
'--pids-limit=[How many processes and threads there may be, -1 for any number]:NUMBER:_default' \
'--blkio-weight=[Share of the disks when they are contended, 10 to 1000]:WEIGHT:_default' \
'--restart=[Whether to start the container again when it ends\: no, on-failure\[\:N\], always, unless-stopped]:POLICY:_default' \
'-h[Print help]' \
'--help[Print help]' \
'*::containers:_default' \
&& ret=0
;;
(wait)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'*--condition=[Wait for this instead\: created, running, restarting, exited, stopped, not-running, next-exit, removed, healthy, unhealthy]:CONDITION:_default' \
'-i[Print nothing for containers that do not exist]' \
'--ignore[Print nothing for containers that do not exist]' \
'-h[Print help]' \
'--help[Print help]' \
'*::containers:_default' \
&& ret=0
;;
        esac
    ;;
esac
;;
(attach)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'--sig-proxy=[Pass signals on to the container]::BOOL:(true false)' \
'--detach-keys=[Keys that detach from the container \[default\: ctrl-p,ctrl-q\]]:KEYS:_default' \
'--no-stdin[Do not attach standard input]' \
'-h[Print help]' \
'--help[Print help]' \
':container:_default' \
&& ret=0
;;
(boot)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'(--shutdown)--install[Write a unit of systemd that does so at each start of the machine (as an ordinary user\: of the user'\''s own systemd)]' \
'--shutdown[Stop all containers instead; those with a restart policy run again after the next boot]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(commit)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-a+[Who made it, as "Jane Doe <jane@example.org>"]:AUTHOR:_default' \
'--author=[Who made it, as "Jane Doe <jane@example.org>"]:AUTHOR:_default' \
'*-c+[Apply a Dockerfile instruction\: CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME, WORKDIR]:INSTRUCTION:_default' \
'*--change=[Apply a Dockerfile instruction\: CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME, WORKDIR]:INSTRUCTION:_default' \
'-f+[What kind of image to make]:FORMAT:((oci\:"Manifest and configuration of the OCI"
docker\:"Docker'\''s manifest, schema 2"))' \
'--format=[What kind of image to make]:FORMAT:((oci\:"Manifest and configuration of the OCI"
docker\:"Docker'\''s manifest, schema 2"))' \
'--iidfile=[Write the image'\''s ID to this file]:FILE:_files' \
'-m+[Comment in the image'\''s history]:MESSAGE:_default' \
'--message=[Comment in the image'\''s history]:MESSAGE:_default' \
'-p+[Freeze the container meanwhile (done if it can be, unless this says false)]::BOOL:(true false)' \
'--pause=[Freeze the container meanwhile (done if it can be, unless this says false)]::BOOL:(true false)' \
'--timestamp=[Give the image, and new files at most, this time, in seconds since the epoch]:SECONDS:_default' \
'-q[Print nothing but the ID (which is all that is printed anyway)]' \
'--quiet[Print nothing but the ID (which is all that is printed anyway)]' \
'-s[Make one layer of all]' \
'--squash[Make one layer of all]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
':container:_default' \
'::name:_default' \
&& ret=0
;;
(cp)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-a[Into a container\: everything belongs to the user it runs as. Out of it\: owners stay what they are, if root copies]' \
'--archive[Into a container\: everything belongs to the user it runs as. Out of it\: owners stay what they are, if root copies]' \
'-L[Follow a symbolic link that the source is]' \
'--follow-link[Follow a symbolic link that the source is]' \
'-q[Don'\''t say on the terminal how much was copied]' \
'--quiet[Don'\''t say on the terminal how much was copied]' \
'-h[Print help]' \
'--help[Print help]' \
':source -- \[CONTAINER\:\]PATH, or - for a tar archive on standard input:_default' \
':destination -- \[CONTAINER\:\]PATH, or - for a tar archive on standard output:_default' \
&& ret=0
;;
(create)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'*-a+[Attach to stdin, stdout or stderr]:STREAM:_default' \
'*--attach=[Attach to stdin, stdout or stderr]:STREAM:_default' \
'--name=[Name of the container]:NAME:_default' \
'*-e+[Set an environment variable (NAME=VALUE, or NAME to take it from this environment)]:NAME[=VALUE]:_default' \
'*--env=[Set an environment variable (NAME=VALUE, or NAME to take it from this environment)]:NAME[=VALUE]:_default' \
'*--env-file=[Read environment variables from a file]:FILE:_files' \
'-w+[Working directory in the container]:DIR:_default' \
'--workdir=[Working directory in the container]:DIR:_default' \
'-u+[User (and group) to run as, by name or number]:USER[:GROUP]:_default' \
'--user=[User (and group) to run as, by name or number]:USER[:GROUP]:_default' \
'*--group-add=[Further groups of the process]:GROUP:_default' \
'--entrypoint=[Replace the image'\''s entry point]:COMMAND:_default' \
'-h+[Host name of the container]:NAME:_default' \
'--hostname=[Host name of the container]:NAME:_default' \
'*-v+[Mount a volume, or a directory or file of the host\: ro, rw, z, Z, U, O, nocopy, exec, noexec, dev, nodev, suid, nosuid, bind, rbind, idmap, shared, slave, private, rshared, rslave, rprivate]:[SOURCE:]DEST[:OPTIONS]:_default' \
'*--volume=[Mount a volume, or a directory or file of the host\: ro, rw, z, Z, U, O, nocopy, exec, noexec, dev, nodev, suid, nosuid, bind, rbind, idmap, shared, slave, private, rshared, rslave, rprivate]:[SOURCE:]DEST[:OPTIONS]:_default' \
'--volume-driver=[Who makes the volumes that are not there yet\: local is the only one]:DRIVER:_default' \
'*--mount=[Mount a bind, volume, tmpfs, image, ramfs or devpts (type=TYPE,source=SOURCE,target=DEST,…)]:KEY=VALUE,...:_default' \
'*--volumes-from=[Mount what another container has mounted]:CONTAINER[:ro|rw|z|Z]:_default' \
'*--tmpfs=[Mount an empty file system in memory]:DEST[:OPTIONS]:_default' \
'--image-volume=[What the places become that the image has for volumes\: anonymous (volumes without a name), tmpfs or ignore]:WHAT:((anonymous\:"Volumes without a name"
tmpfs\:"File systems in memory"
ignore\:"Nothing"))' \
'--read-only-tmpfs=[With --read-only\: file systems in memory on /run, /tmp and /var/tmp]::BOOL:(true false)' \
'*--storage-opt=[size=SIZE\: how much the container may write]:KEY=VALUE:_default' \
'*-l+[Set a label]:KEY[=VALUE]:_default' \
'*--label=[Set a label]:KEY[=VALUE]:_default' \
'*--label-file=[Read labels from a file]:FILE:_files' \
'--cidfile=[Write the container'\''s id to a file]:FILE:_files' \
'--pull=[When to pull the image \[default\: missing\]]:PULL:((always\:"Always; fail if the registry can'\''t be asked"
missing\:"If the image isn'\''t there"
never\:"Never; fail if the image isn'\''t there"
newer\:"If the registry has another one than the store"))' \
'--platform=[Platform of the image]:OS/ARCH[/VARIANT]:_default' \
'*--network=[Network\: NAME\[\:ip=ADDRESS,mac=ADDRESS,alias=NAME,interface_name=NAME,link-local-ip=ADDRESS,driver-opt=KEY=VALUE,host_loopback\], none, host, container\:NAME, ns\:PATH, pasta\[\:OPTION,...\] or slirp4netns\[\:OPTION,...\]]:NETWORK:_default' \
'--ip=[IPv4 address on the network]:ADDRESS:_default' \
'--ip6=[IPv6 address on the network]:ADDRESS:_default' \
'--mac-address=[Hardware address on the network]:ADDRESS:_default' \
'*--link-local-ip=[A further address that is good on the network'\''s link alone]:ADDRESS:_default' \
'*--network-alias=[A further name of the container on the network]:NAME:_default' \
'*--link=[Another container'\''s name for this one alone]:CONTAINER[:ALIAS]:_default' \
'*-p+[Publish a port of the container on the host]:[[IP:]PORT:]PORT[/PROTOCOL]:_default' \
'*--publish=[Publish a port of the container on the host]:[[IP:]PORT:]PORT[/PROTOCOL]:_default' \
'--publish-mode=[How published ports reach the container\: dnat, or proxy, through a listener that firewalls filter as any local service \[default\: dnat\]]:MODE:_default' \
'*--expose=[Expose a port or a range of them]:PORT[/PROTOCOL]:_default' \
'*--add-host=[Add a line to /etc/hosts; the address host-gateway is the host'\''s on the network]:NAME:ADDRESS:_default' \
'*--dns=[Name server]:ADDRESS:_default' \
'*--dns-search=[Domain in which names are searched, . for none]:DOMAIN:_default' \
'*--dns-option=[Option of the resolver]:OPTION:_default' \
'*--cap-add=[Add a capability]:CAP:_default' \
'*--cap-drop=[Drop a capability]:CAP:_default' \
'*--security-opt=[no-new-privileges, seccomp=FILE|unconfined, apparmor=PROFILE|unconfined, label=LABEL|disable, mask=PATH\[\:PATH\], unmask=ALL|PATH\[\:PATH\], systempaths=unconfined]:OPTION:_default' \
'--stop-signal=[Signal that asks the container to stop]:SIGNAL:_default' \
'--stop-timeout=[Seconds to wait for the container to stop before it is killed, -1 to wait for ever \[default\: 10\]]:SECONDS:_default' \
'--restart=[When to start it again after it has ended\: no, on-failure\[\:N\], always or unless-stopped]:POLICY:_default' \
'*--requires=[Containers that are started before this one]:CONTAINER:_default' \
'--health-cmd=[Command that checks the container'\''s health\: a line for the shell, or a JSON list]:COMMAND:_default' \
'--health-interval=[Time between two checks]:TIME:_default' \
'--health-timeout=[Time that a check may take]:TIME:_default' \
'--health-retries=[Failures in a row that make the container unhealthy]:N:_default' \
'--health-start-period=[Time after the start in which failures do not count]:TIME:_default' \
'--health-start-interval=[Time between two checks in the start period]:TIME:_default' \
'--health-on-failure=[What to do when the container becomes unhealthy]:ACTION:(none kill restart stop)' \
'--oom-score-adj=[How readily the kernel kills it for want of memory, -1000 to 1000]:NUMBER:_default' \
'--domainname=[NIS domain name]:NAME:_default' \
'--umask=[File mode creation mask]:OCTAL:_default' \
'*--annotation=[Add an annotation, for the runtime]:KEY=VALUE:_default' \
'--timeout=[Seconds after which the container is killed]:SECONDS:_default' \
'--tz=[Time zone, as Europe/Berlin, or local for the host'\''s]:ZONE:_default' \
'--passwd-entry=[Add a line to the container'\''s /etc/passwd]:ENTRY:_default' \
'*--hostuser=[Add a user of this host to the container'\''s /etc/passwd]:USER:_default' \
'--init=[Run an init as process 1, which passes signals on and reaps processes]::BOOL:(true false)' \
'--runtime=[OCI runtime that runs the container instead of the built-in, by its name in config.toml, its program'\''s name or its path]:NAME|PATH:_default' \
'--pid=[PID namespace\: private, host or container\:NAME]:MODE:_default' \
'--ipc=[IPC namespace and /dev/shm\: private, shareable (others may join), none (no /dev/shm), host or container\:NAME \[default\: private\]]:MODE:_default' \
'--uts=[UTS namespace\: private or host]:MODE:_default' \
'--userns=[User namespace\: host, private, auto\[\:size=N,uidmapping=C\:H\:N,gidmapping=C\:H\:N\]; for an ordinary user keep-id\[\:uid=N,gid=N\] (its ids are the same inside) or nomap (they don'\''t occur)]:MODE:_default' \
'*--uidmap=[Map a user id of the container to one of the host (an ordinary user'\''s\: 0 is its own, its subordinate ids follow)]:CONTAINER:HOST[:SIZE]:_default' \
'*--gidmap=[Map a group id of the container to one of the host, as --uidmap]:CONTAINER:HOST[:SIZE]:_default' \
'--cgroupns=[Cgroup namespace\: private or host \[default\: private\]]:MODE:_default' \
'-m+[Limit of memory]:SIZE:_default' \
'--memory=[Limit of memory]:SIZE:_default' \
'--memory-reservation=[Memory to be left to the container when the host is short of it]:SIZE:_default' \
'--memory-swap=[Limit of memory and swap together, -1 for any amount of swap]:SIZE:_default' \
'--kernel-memory=[Not supported\: the kernel has no such limit any more]:SIZE:_default' \
'--cpus=[How many CPUs'\'' time it may use, as 1.5]:NUMBER:_default' \
'-c+[Share of the CPUs when they are contended, relative to other containers'\'' (1024 is usual)]:SHARES:_default' \
'--cpu-shares=[Share of the CPUs when they are contended, relative to other containers'\'' (1024 is usual)]:SHARES:_default' \
'--cpu-period=[Period of the CPU quota in microseconds]:MICROSECONDS:_default' \
'--cpu-quota=[CPU time in each period in microseconds]:MICROSECONDS:_default' \
'--cpu-rt-period=[Period of the real-time quota in microseconds]:MICROSECONDS:_default' \
'--cpu-rt-runtime=[Real-time CPU time in each period in microseconds]:MICROSECONDS:_default' \
'--cpuset-cpus=[CPUs to run on, as 0-3,8]:LIST:_default' \
'--cpuset-mems=[Memory nodes to take memory from, as 0-1]:LIST:_default' \
'--pids-limit=[How many processes and threads there may be, -1 for any number]:NUMBER:_default' \
'--blkio-weight=[Share of the disks when they are contended, 10 to 1000]:WEIGHT:_default' \
'--memory-swappiness=[Readiness to swap, 0 to 100]:NUMBER:_default' \
'*--blkio-weight-device=[Share of one disk]:DEVICE:WEIGHT:_default' \
'*--device-read-bps=[Limit of bytes read from a device in a second]:DEVICE:SIZE:_default' \
'*--device-write-bps=[Limit of bytes written to a device in a second]:DEVICE:SIZE:_default' \
'*--device-read-iops=[Limit of reads from a device in a second]:DEVICE:NUMBER:_default' \
'*--device-write-iops=[Limit of writes to a device in a second]:DEVICE:NUMBER:_default' \
'*--cgroup-conf=[Write a value to a file of the container'\''s cgroup (version 2), as memory.high=1073741824]:FILE=VALUE:_default' \
'--cgroup-parent=[Cgroup to make the container'\''s own in]:PATH:_default' \
'*--device=[Add a device of the host, all in a directory, or one that a CDI file describes (VENDOR/CLASS=NAME)]:HOST[:CONTAINER[:rwm]]:_default' \
'*--gpus=[Add graphics processors\: all, how many, or device=ID\[,ID...\] (through CDI)]:GPUS:_default' \
'*--cdi-spec-dir=[Directory of CDI files, instead of /etc/cdi and /var/run/cdi; a later one counts more]:DIR:_files' \
'*--device-cgroup-rule=[Allow more devices, as "c 10\:* rw"]:RULE:_default' \
'--shm-size=[Size of /dev/shm \[default\: 64m\]]:SIZE:_default' \
'*--ulimit=[Set a resource limit]:NAME=SOFT[:HARD]:_default' \
'*--sysctl=[Set a kernel parameter of the container'\''s namespaces]:KEY=VALUE:_default' \
'--detach-keys=[Keys that detach from the container \[default\: ctrl-p,ctrl-q\]]:KEYS:_default' \
'--log-driver=[Where output is logged\: json-file, local, journald, passthrough or none \[default\: json-file\]]:DRIVER:_default' \
'*--log-opt=[Option of the log driver\: max-size, max-file, compress, labels, env, tag, mode, max-buffer-size]:KEY=VALUE:_default' \
'--rootfs=[Run from a directory of the host instead of an image, with O leaving it as it is; what follows is the command]:DIR[:O]:_files' \
'--help[Print help]' \
'-i[Keep standard input open even if not attached]' \
'--interactive[Keep standard input open even if not attached]' \
'-t[Give the container a terminal]' \
'--tty[Give the container a terminal]' \
'--rm[Remove the container when it ends]' \
'--read-only[Make the root file system read-only]' \
'--ephemeral[With --rm\: keep what the container changes in memory]' \
'-q[Print nothing while pulling]' \
'--quiet[Print nothing while pulling]' \
'-P[Publish all exposed ports on ports of the host that are free]' \
'--publish-all[Publish all exposed ports on ports of the host that are free]' \
'(--add-host)--no-hosts[Leave the image'\''s /etc/hosts as it is]' \
'--no-hostname[Leave the image'\''s /etc/hostname as it is]' \
'--privileged[Give the container all capabilities and devices]' \
'--no-healthcheck[Do not check the health, even if the image says how]' \
'--env-host[Give the container this environment'\''s variables]' \
'--oom-kill-disable[Let processes wait instead of killing one when the limit of memory is reached]' \
'*::args -- Image, command and arguments:_default' \
&& ret=0
;;
(diff)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'--format=[How to print it\: json; a line for each path if not given]:FORMAT:_default' \
'-h[Print help]' \
'--help[Print help]' \
':container:_default' \
&& ret=0
;;
(events)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'*-f+[Only those that fit\: container=, event=, image=, label=, type=]:FILTER:_default' \
'*--filter=[Only those that fit\: container=, event=, image=, label=, type=]:FILTER:_default' \
'--format=[json, or a Go template]:FORMAT:_default' \
'--since=[Begin with those of the past, from this time on]:TIME:_default' \
'--until=[End at this time]:TIME:_default' \
'--stream=[End after those of the past]::BOOL:(true false)' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(exec)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'--detach-keys=[Keys that detach from the command \[default\: ctrl-p,ctrl-q\]]:KEYS:_default' \
'*-e+[Set an environment variable]:NAME[=VALUE]:_default' \
'*--env=[Set an environment variable]:NAME[=VALUE]:_default' \
'*--env-file=[Read environment variables from a file]:FILE:_files' \
'--preserve-fds=[Let the command have so many descriptors, from 3 on, that are open here]:N:_default' \
'-u+[User (and group) to run as]:USER[:GROUP]:_default' \
'--user=[User (and group) to run as]:USER[:GROUP]:_default' \
'-w+[Working directory]:DIR:_files' \
'--workdir=[Working directory]:DIR:_files' \
'-d[Run in the background]' \
'--detach[Run in the background]' \
'-i[Pass standard input on]' \
'--interactive[Pass standard input on]' \
'--privileged[Give the command all capabilities]' \
'-t[Give the command a terminal]' \
'--tty[Give the command a terminal]' \
'-h[Print help]' \
'--help[Print help]' \
'*::args -- Container, command and arguments:_default' \
&& ret=0
;;
(export)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-o+[Write to this file instead of standard output]:FILE:_files' \
'--output=[Write to this file instead of standard output]:FILE:_files' \
'-h[Print help]' \
'--help[Print help]' \
':container:_default' \
&& ret=0
;;
(inspect)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-f+[json, or a Go template]:FORMAT:_default' \
'--format=[json, or a Go template]:FORMAT:_default' \
'--type=[What the names stand for]:TYPE:(container image)' \
'-s[Also the size of what a container has written]' \
'--size[Also the size of what a container has written]' \
'-h[Print help]' \
'--help[Print help]' \
'*::names:_default' \
&& ret=0
;;
(kill)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-s+[Signal to send]:SIGNAL:_default' \
'--signal=[Signal to send]:SIGNAL:_default' \
'-a[All running containers]' \
'--all[All running containers]' \
'-h[Print help]' \
'--help[Print help]' \
'*::containers:_default' \
&& ret=0
;;
(logs)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-n+[Only the last lines]:LINES:_default' \
'--tail=[Only the last lines]:LINES:_default' \
'--since=[Only what was written since (a time, or a duration such as 10m)]:TIME:_default' \
'--until=[Only what was written before]:TIME:_default' \
'-f[Go on as it writes more]' \
'--follow[Go on as it writes more]' \
'-t[Print the time of each line]' \
'--timestamps[Print the time of each line]' \
'--details[Print the labels, variables and the tag that go with each line (--log-opt labels, env, tag)]' \
'-h[Print help]' \
'--help[Print help]' \
':container:_default' \
&& ret=0
;;
(mount)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'--format=[How to list those that are mounted\: json; a line for each if not given]:FORMAT:_default' \
'-a[All there are]' \
'--all[All there are]' \
'--no-trunc[Print whole IDs]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'*::containers:_default' \
&& ret=0
;;
(pause)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-a[All running containers]' \
'--all[All running containers]' \
'-h[Print help]' \
'--help[Print help]' \
'*::containers:_default' \
&& ret=0
;;
(port)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-h[Print help]' \
'--help[Print help]' \
':container:_default' \
'::port -- A port in the container, with /tcp or /udp:_default' \
&& ret=0
;;
(ps)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'*-f+[Only those that fit\: id, name, label, status, exited, ancestor, before, since, network, volume, expose, publish, health]:KEY=VALUE:_default' \
'*--filter=[Only those that fit\: id, name, label, status, exited, ancestor, before, since, network, volume, expose, publish, health]:KEY=VALUE:_default' \
'--format=[table, json, or a Go template]:FORMAT:_default' \
'-n+[The last so many that were created, in whatever state]:NUMBER:_default' \
'--last=[The last so many that were created, in whatever state]:NUMBER:_default' \
'-a[Also those that aren'\''t running]' \
'--all[Also those that aren'\''t running]' \
'-l[The one that was created last, in whatever state]' \
'--latest[The one that was created last, in whatever state]' \
'--no-trunc[Do not shorten]' \
'-q[Only ids]' \
'--quiet[Only ids]' \
'-s[Also the size of what the container has written]' \
'--size[Also the size of what the container has written]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(rename)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-h[Print help]' \
'--help[Print help]' \
':container:_default' \
':name:_default' \
&& ret=0
;;
(restart)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-s+[Signal to send first]:SIGNAL:_default' \
'--signal=[Signal to send first]:SIGNAL:_default' \
'-t+[Seconds to wait before killing the container, -1 to wait for ever]:SECONDS:_default' \
'--timeout=[Seconds to wait before killing the container, -1 to wait for ever]:SECONDS:_default' \
'-h[Print help]' \
'--help[Print help]' \
'*::containers:_default' \
&& ret=0
;;
(rm)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-a[All containers]' \
'--all[All containers]' \
'-f[Kill running containers first; a missing one is no error]' \
'--force[Kill running containers first; a missing one is no error]' \
'--depend[Remove those that require it (--requires), too]' \
'-v[Remove the volumes without a name with the container]' \
'--volumes[Remove the volumes without a name with the container]' \
'-h[Print help]' \
'--help[Print help]' \
'*::containers:_default' \
&& ret=0
;;
(run)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'--sig-proxy=[Pass signals on to the container]::BOOL:(true false)' \
'--preserve-fds=[Let the program have so many descriptors, from 3 on, that are open here]:N:_default' \
'*-a+[Attach to stdin, stdout or stderr]:STREAM:_default' \
'*--attach=[Attach to stdin, stdout or stderr]:STREAM:_default' \
'--name=[Name of the container]:NAME:_default' \
'*-e+[Set an environment variable (NAME=VALUE, or NAME to take it from this environment)]:NAME[=VALUE]:_default' \
'*--env=[Set an environment variable (NAME=VALUE, or NAME to take it from this environment)]:NAME[=VALUE]:_default' \
'*--env-file=[Read environment variables from a file]:FILE:_files' \
'-w+[Working directory in the container]:DIR:_default' \
'--workdir=[Working directory in the container]:DIR:_default' \
'-u+[User (and group) to run as, by name or number]:USER[:GROUP]:_default' \
'--user=[User (and group) to run as, by name or number]:USER[:GROUP]:_default' \
'*--group-add=[Further groups of the process]:GROUP:_default' \
'--entrypoint=[Replace the image'\''s entry point]:COMMAND:_default' \
'-h+[Host name of the container]:NAME:_default' \
'--hostname=[Host name of the container]:NAME:_default' \
'*-v+[Mount a volume, or a directory or file of the host\: ro, rw, z, Z, U, O, nocopy, exec, noexec, dev, nodev, suid, nosuid, bind, rbind, idmap, shared, slave, private, rshared, rslave, rprivate]:[SOURCE:]DEST[:OPTIONS]:_default' \
'*--volume=[Mount a volume, or a directory or file of the host\: ro, rw, z, Z, U, O, nocopy, exec, noexec, dev, nodev, suid, nosuid, bind, rbind, idmap, shared, slave, private, rshared, rslave, rprivate]:[SOURCE:]DEST[:OPTIONS]:_default' \
'--volume-driver=[Who makes the volumes that are not there yet\: local is the only one]:DRIVER:_default' \
'*--mount=[Mount a bind, volume, tmpfs, image, ramfs or devpts (type=TYPE,source=SOURCE,target=DEST,…)]:KEY=VALUE,...:_default' \
'*--volumes-from=[Mount what another container has mounted]:CONTAINER[:ro|rw|z|Z]:_default' \
'*--tmpfs=[Mount an empty file system in memory]:DEST[:OPTIONS]:_default' \
'--image-volume=[What the places become that the image has for volumes\: anonymous (volumes without a name), tmpfs or ignore]:WHAT:((anonymous\:"Volumes without a name"
tmpfs\:"File systems in memory"
ignore\:"Nothing"))' \
'--read-only-tmpfs=[With --read-only\: file systems in memory on /run, /tmp and /var/tmp]::BOOL:(true false)' \
'*--storage-opt=[size=SIZE\: how much the container may write]:KEY=VALUE:_default' \
'*-l+[Set a label]:KEY[=VALUE]:_default' \
'*--label=[Set a label]:KEY[=VALUE]:_default' \
'*--label-file=[Read labels from a file]:FILE:_files' \
'--cidfile=[Write the container'\''s id to a file]:FILE:_files' \
'--pull=[When to pull the image \[default\: missing\]]:PULL:((always\:"Always; fail if the registry can'\''t be asked"
missing\:"If the image isn'\''t there"
never\:"Never; fail if the image isn'\''t there"
newer\:"If the registry has another one than the store"))' \
'--platform=[Platform of the image]:OS/ARCH[/VARIANT]:_default' \
'*--network=[Network\: NAME\[\:ip=ADDRESS,mac=ADDRESS,alias=NAME,interface_name=NAME,link-local-ip=ADDRESS,driver-opt=KEY=VALUE,host_loopback\], none, host, container\:NAME, ns\:PATH, pasta\[\:OPTION,...\] or slirp4netns\[\:OPTION,...\]]:NETWORK:_default' \
'--ip=[IPv4 address on the network]:ADDRESS:_default' \
'--ip6=[IPv6 address on the network]:ADDRESS:_default' \
'--mac-address=[Hardware address on the network]:ADDRESS:_default' \
'*--link-local-ip=[A further address that is good on the network'\''s link alone]:ADDRESS:_default' \
'*--network-alias=[A further name of the container on the network]:NAME:_default' \
'*--link=[Another container'\''s name for this one alone]:CONTAINER[:ALIAS]:_default' \
'*-p+[Publish a port of the container on the host]:[[IP:]PORT:]PORT[/PROTOCOL]:_default' \
'*--publish=[Publish a port of the container on the host]:[[IP:]PORT:]PORT[/PROTOCOL]:_default' \
'--publish-mode=[How published ports reach the container\: dnat, or proxy, through a listener that firewalls filter as any local service \[default\: dnat\]]:MODE:_default' \
'*--expose=[Expose a port or a range of them]:PORT[/PROTOCOL]:_default' \
'*--add-host=[Add a line to /etc/hosts; the address host-gateway is the host'\''s on the network]:NAME:ADDRESS:_default' \
'*--dns=[Name server]:ADDRESS:_default' \
'*--dns-search=[Domain in which names are searched, . for none]:DOMAIN:_default' \
'*--dns-option=[Option of the resolver]:OPTION:_default' \
'*--cap-add=[Add a capability]:CAP:_default' \
'*--cap-drop=[Drop a capability]:CAP:_default' \
'*--security-opt=[no-new-privileges, seccomp=FILE|unconfined, apparmor=PROFILE|unconfined, label=LABEL|disable, mask=PATH\[\:PATH\], unmask=ALL|PATH\[\:PATH\], systempaths=unconfined]:OPTION:_default' \
'--stop-signal=[Signal that asks the container to stop]:SIGNAL:_default' \
'--stop-timeout=[Seconds to wait for the container to stop before it is killed, -1 to wait for ever \[default\: 10\]]:SECONDS:_default' \
'--restart=[When to start it again after it has ended\: no, on-failure\[\:N\], always or unless-stopped]:POLICY:_default' \
'*--requires=[Containers that are started before this one]:CONTAINER:_default' \
'--health-cmd=[Command that checks the container'\''s health\: a line for the shell, or a JSON list]:COMMAND:_default' \
'--health-interval=[Time between two checks]:TIME:_default' \
'--health-timeout=[Time that a check may take]:TIME:_default' \
'--health-retries=[Failures in a row that make the container unhealthy]:N:_default' \
'--health-start-period=[Time after the start in which failures do not count]:TIME:_default' \
'--health-start-interval=[Time between two checks in the start period]:TIME:_default' \
'--health-on-failure=[What to do when the container becomes unhealthy]:ACTION:(none kill restart stop)' \
'--oom-score-adj=[How readily the kernel kills it for want of memory, -1000 to 1000]:NUMBER:_default' \
'--domainname=[NIS domain name]:NAME:_default' \
'--umask=[File mode creation mask]:OCTAL:_default' \
'*--annotation=[Add an annotation, for the runtime]:KEY=VALUE:_default' \
'--timeout=[Seconds after which the container is killed]:SECONDS:_default' \
'--tz=[Time zone, as Europe/Berlin, or local for the host'\''s]:ZONE:_default' \
'--passwd-entry=[Add a line to the container'\''s /etc/passwd]:ENTRY:_default' \
'*--hostuser=[Add a user of this host to the container'\''s /etc/passwd]:USER:_default' \
'--init=[Run an init as process 1, which passes signals on and reaps processes]::BOOL:(true false)' \
'--runtime=[OCI runtime that runs the container instead of the built-in, by its name in config.toml, its program'\''s name or its path]:NAME|PATH:_default' \
'--pid=[PID namespace\: private, host or container\:NAME]:MODE:_default' \
'--ipc=[IPC namespace and /dev/shm\: private, shareable (others may join), none (no /dev/shm), host or container\:NAME \[default\: private\]]:MODE:_default' \
'--uts=[UTS namespace\: private or host]:MODE:_default' \
'--userns=[User namespace\: host, private, auto\[\:size=N,uidmapping=C\:H\:N,gidmapping=C\:H\:N\]; for an ordinary user keep-id\[\:uid=N,gid=N\] (its ids are the same inside) or nomap (they don'\''t occur)]:MODE:_default' \
'*--uidmap=[Map a user id of the container to one of the host (an ordinary user'\''s\: 0 is its own, its subordinate ids follow)]:CONTAINER:HOST[:SIZE]:_default' \
'*--gidmap=[Map a group id of the container to one of the host, as --uidmap]:CONTAINER:HOST[:SIZE]:_default' \
'--cgroupns=[Cgroup namespace\: private or host \[default\: private\]]:MODE:_default' \
'-m+[Limit of memory]:SIZE:_default' \
'--memory=[Limit of memory]:SIZE:_default' \
'--memory-reservation=[Memory to be left to the container when the host is short of it]:SIZE:_default' \
'--memory-swap=[Limit of memory and swap together, -1 for any amount of swap]:SIZE:_default' \
'--kernel-memory=[Not supported\: the kernel has no such limit any more]:SIZE:_default' \
'--cpus=[How many CPUs'\'' time it may use, as 1.5]:NUMBER:_default' \
'-c+[Share of the CPUs when they are contended, relative to other containers'\'' (1024 is usual)]:SHARES:_default' \
'--cpu-shares=[Share of the CPUs when they are contended, relative to other containers'\'' (1024 is usual)]:SHARES:_default' \
'--cpu-period=[Period of the CPU quota in microseconds]:MICROSECONDS:_default' \
'--cpu-quota=[CPU time in each period in microseconds]:MICROSECONDS:_default' \
'--cpu-rt-period=[Period of the real-time quota in microseconds]:MICROSECONDS:_default' \
'--cpu-rt-runtime=[Real-time CPU time in each period in microseconds]:MICROSECONDS:_default' \
'--cpuset-cpus=[CPUs to run on, as 0-3,8]:LIST:_default' \
'--cpuset-mems=[Memory nodes to take memory from, as 0-1]:LIST:_default' \
'--pids-limit=[How many processes and threads there may be, -1 for any number]:NUMBER:_default' \
'--blkio-weight=[Share of the disks when they are contended, 10 to 1000]:WEIGHT:_default' \
'--memory-swappiness=[Readiness to swap, 0 to 100]:NUMBER:_default' \
'*--blkio-weight-device=[Share of one disk]:DEVICE:WEIGHT:_default' \
'*--device-read-bps=[Limit of bytes read from a device in a second]:DEVICE:SIZE:_default' \
'*--device-write-bps=[Limit of bytes written to a device in a second]:DEVICE:SIZE:_default' \
'*--device-read-iops=[Limit of reads from a device in a second]:DEVICE:NUMBER:_default' \
'*--device-write-iops=[Limit of writes to a device in a second]:DEVICE:NUMBER:_default' \
'*--cgroup-conf=[Write a value to a file of the container'\''s cgroup (version 2), as memory.high=1073741824]:FILE=VALUE:_default' \
'--cgroup-parent=[Cgroup to make the container'\''s own in]:PATH:_default' \
'*--device=[Add a device of the host, all in a directory, or one that a CDI file describes (VENDOR/CLASS=NAME)]:HOST[:CONTAINER[:rwm]]:_default' \
'*--gpus=[Add graphics processors\: all, how many, or device=ID\[,ID...\] (through CDI)]:GPUS:_default' \
'*--cdi-spec-dir=[Directory of CDI files, instead of /etc/cdi and /var/run/cdi; a later one counts more]:DIR:_files' \
'*--device-cgroup-rule=[Allow more devices, as "c 10\:* rw"]:RULE:_default' \
'--shm-size=[Size of /dev/shm \[default\: 64m\]]:SIZE:_default' \
'*--ulimit=[Set a resource limit]:NAME=SOFT[:HARD]:_default' \
'*--sysctl=[Set a kernel parameter of the container'\''s namespaces]:KEY=VALUE:_default' \
'--detach-keys=[Keys that detach from the container \[default\: ctrl-p,ctrl-q\]]:KEYS:_default' \
'--log-driver=[Where output is logged\: json-file, local, journald, passthrough or none \[default\: json-file\]]:DRIVER:_default' \
'*--log-opt=[Option of the log driver\: max-size, max-file, compress, labels, env, tag, mode, max-buffer-size]:KEY=VALUE:_default' \
'--rootfs=[Run from a directory of the host instead of an image, with O leaving it as it is; what follows is the command]:DIR[:O]:_files' \
'-d[Run in the background and print the container'\''s id]' \
'--detach[Run in the background and print the container'\''s id]' \
'--help[Print help]' \
'-i[Keep standard input open even if not attached]' \
'--interactive[Keep standard input open even if not attached]' \
'-t[Give the container a terminal]' \
'--tty[Give the container a terminal]' \
'--rm[Remove the container when it ends]' \
'--read-only[Make the root file system read-only]' \
'--ephemeral[With --rm\: keep what the container changes in memory]' \
'-q[Print nothing while pulling]' \
'--quiet[Print nothing while pulling]' \
'-P[Publish all exposed ports on ports of the host that are free]' \
'--publish-all[Publish all exposed ports on ports of the host that are free]' \
'(--add-host)--no-hosts[Leave the image'\''s /etc/hosts as it is]' \
'--no-hostname[Leave the image'\''s /etc/hostname as it is]' \
'--privileged[Give the container all capabilities and devices]' \
'--no-healthcheck[Do not check the health, even if the image says how]' \
'--env-host[Give the container this environment'\''s variables]' \
'--oom-kill-disable[Let processes wait instead of killing one when the limit of memory is reached]' \
'*::args -- Image, command and arguments:_default' \
&& ret=0
;;
(start)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'--sig-proxy=[Pass signals on to the container]::BOOL:(true false)' \
'--detach-keys=[Keys that detach from the container \[default\: ctrl-p,ctrl-q\]]:KEYS:_default' \
'-a[Attach to output and errors, and pass signals on]' \
'--attach[Attach to output and errors, and pass signals on]' \
'-i[Attach to standard input]' \
'--interactive[Attach to standard input]' \
'-h[Print help]' \
'--help[Print help]' \
'*::containers:_default' \
&& ret=0
;;
(stats)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'--format=[table, json, or a Go template]:FORMAT:_default' \
'-a[Also containers that aren'\''t running]' \
'--all[Also containers that aren'\''t running]' \
'--no-stream[Look once]' \
'--no-trunc[Do not shorten]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'*::containers:_default' \
&& ret=0
;;
(stop)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-s+[Signal to send first]:SIGNAL:_default' \
'--signal=[Signal to send first]:SIGNAL:_default' \
'-t+[Seconds to wait before killing the container, -1 to wait for ever]:SECONDS:_default' \
'--timeout=[Seconds to wait before killing the container, -1 to wait for ever]:SECONDS:_default' \
'-a[All running containers]' \
'--all[All running containers]' \
'-h[Print help]' \
'--help[Print help]' \
'*::containers:_default' \
&& ret=0
;;
(top)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-h[Print help]' \
'--help[Print help]' \
':container:_default' \
'*::columns -- Options of ps(1), as -ef, aux or -o COLUMN,..., or names of columns alone:_default' \
&& ret=0
;;
(unmount)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-a[All that are mounted]' \
'--all[All that are mounted]' \
'-f[Also if a process is at work there\: it keeps what it has open]' \
'--force[Also if a process is at work there\: it keeps what it has open]' \
'-h[Print help]' \
'--help[Print help]' \
'*::containers:_default' \
&& ret=0
;;
(umount)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-a[All that are mounted]' \
'--all[All that are mounted]' \
'-f[Also if a process is at work there\: it keeps what it has open]' \
'--force[Also if a process is at work there\: it keeps what it has open]' \
'-h[Print help]' \
'--help[Print help]' \
'*::containers:_default' \
&& ret=0
;;
(unpause)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-a[All paused containers]' \
'--all[All paused containers]' \
'-h[Print help]' \
'--help[Print help]' \
'*::containers:_default' \
&& ret=0
;;
(unshare)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'*::command -- The command and its arguments \[default\: the shell that $SHELL names, else /bin/sh\]:_default' \
&& ret=0
;;
(update)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-m+[Limit of memory]:SIZE:_default' \
'--memory=[Limit of memory]:SIZE:_default' \
'--memory-reservation=[Memory to be left to the container when the host is short of it]:SIZE:_default' \
'--memory-swap=[Limit of memory and swap together, -1 for any amount of swap]:SIZE:_default' \
'--kernel-memory=[Not supported\: the kernel has no such limit any more]:SIZE:_default' \
'--cpus=[How many CPUs'\'' time it may use, as 1.5]:NUMBER:_default' \
'-c+[Share of the CPUs when they are contended, relative to other containers'\'' (1024 is usual)]:SHARES:_default' \
'--cpu-shares=[Share of the CPUs when they are contended, relative to other containers'\'' (1024 is usual)]:SHARES:_default' \
'--cpu-period=[Period of the CPU quota in microseconds]:MICROSECONDS:_default' \
'--cpu-quota=[CPU time in each period in microseconds]:MICROSECONDS:_default' \
'--cpu-rt-period=[Period of the real-time quota in microseconds]:MICROSECONDS:_default' \
'--cpu-rt-runtime=[Real-time CPU time in each period in microseconds]:MICROSECONDS:_default' \
'--cpuset-cpus=[CPUs to run on, as 0-3,8]:LIST:_default' \
'--cpuset-mems=[Memory nodes to take memory from, as 0-1]:LIST:_default' \
'--pids-limit=[How many processes and threads there may be, -1 for any number]:NUMBER:_default' \
'--blkio-weight=[Share of the disks when they are contended, 10 to 1000]:WEIGHT:_default' \
'--restart=[Whether to start the container again when it ends\: no, on-failure\[\:N\], always, unless-stopped]:POLICY:_default' \
'-h[Print help]' \
'--help[Print help]' \
'*::containers:_default' \
&& ret=0
;;
(wait)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'*--condition=[Wait for this instead\: created, running, restarting, exited, stopped, not-running, next-exit, removed, healthy, unhealthy]:CONDITION:_default' \
'-i[Print nothing for containers that do not exist]' \
'--ignore[Print nothing for containers that do not exist]' \
'-h[Print help]' \
'--help[Print help]' \
'*::containers:_default' \
&& ret=0
;;
(healthcheck)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-h[Print help]' \
'--help[Print help]' \
":: :_dhow__subcmd__healthcheck_commands" \
"*::: :->healthcheck" \
&& ret=0

    case $state in
    (healthcheck)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:dhow-healthcheck-command-$line[1]:"
        case $line[1] in
            (run)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-h[Print help]' \
'--help[Print help]' \
':container:_default' \
&& ret=0
;;
        esac
    ;;
esac
;;
(image)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-h[Print help]' \
'--help[Print help]' \
":: :_dhow__subcmd__image_commands" \
"*::: :->image" \
&& ret=0

    case $state in
    (image)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:dhow-image-command-$line[1]:"
        case $line[1] in
            (diff)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'--format=[How to print it\: json; a line for each path if not given]:FORMAT:_default' \
'-h[Print help]' \
'--help[Print help]' \
':image:_default' \
'::other -- Compare with this image instead of the same without its top layer:_default' \
&& ret=0
;;
(exists)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-h[Print help]' \
'--help[Print help]' \
':image:_default' \
&& ret=0
;;
(history)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-H+[Print sizes and times for people]::HUMAN:(true false)' \
'--human=[Print sizes and times for people]::HUMAN:(true false)' \
'--platform=[Fail if the image is for another platform]:OS/ARCH[/VARIANT]:_default' \
'--format=[json, a Go template, or table with a template]:FORMAT:_default' \
'--no-trunc[Print everything whole]' \
'-q[Print IDs only]' \
'--quiet[Print IDs only]' \
'-h[Print help]' \
'--help[Print help]' \
':image:_default' \
&& ret=0
;;
(import)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'*-c+[Apply a Dockerfile instruction\: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, STOPSIGNAL, USER, VOLUME, WORKDIR]:INSTRUCTION:_default' \
'*--change=[Apply a Dockerfile instruction\: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, STOPSIGNAL, USER, VOLUME, WORKDIR]:INSTRUCTION:_default' \
'-m+[Comment in the image'\''s history]:MESSAGE:_default' \
'--message=[Comment in the image'\''s history]:MESSAGE:_default' \
'--platform=[Platform of the image]:OS/ARCH[/VARIANT]:_default' \
'-q[No progress on standard error]' \
'--quiet[No progress on standard error]' \
'-h[Print help]' \
'--help[Print help]' \
':source -- The archive, or - for standard input:_default' \
'::name:_default' \
&& ret=0
;;
(inspect)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'--platform=[Fail if an image is for another platform]:OS/ARCH[/VARIANT]:_default' \
'-f+[json, or a Go template]:FORMAT:_default' \
'--format=[json, or a Go template]:FORMAT:_default' \
'-h[Print help]' \
'--help[Print help]' \
'*::images:_default' \
&& ret=0
;;
(load)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-i+[Read from this archive or directory instead of standard input]:PATH:_files' \
'--input=[Read from this archive or directory instead of standard input]:PATH:_files' \
'--platform=[Of an archive for several platforms, load this one]:OS/ARCH[/VARIANT]:_default' \
'-q[Say nothing while loading]' \
'--quiet[Say nothing while loading]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(mount)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'--format=[How to list those that are mounted\: json; a line for each if not given]:FORMAT:_default' \
'-a[All there are]' \
'--all[All there are]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'*::images:_default' \
&& ret=0
;;
(ls)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'*-f+[Conditions\: dangling=BOOL, label=KEY\[=VALUE\], before=IMAGE, since=IMAGE, reference=PATTERN]:FILTER:_default' \
'*--filter=[Conditions\: dangling=BOOL, label=KEY\[=VALUE\], before=IMAGE, since=IMAGE, reference=PATTERN]:FILTER:_default' \
'--format=[json, a Go template, or table with a template]:FORMAT:_default' \
'-a[Also intermediate images (there are none)]' \
'--all[Also intermediate images (there are none)]' \
'--digests[Show digests]' \
'--no-trunc[Print whole IDs]' \
'-q[Print IDs only]' \
'--quiet[Print IDs only]' \
'-h[Print help]' \
'--help[Print help]' \
'::reference -- Only this repository, or this pattern:_default' \
&& ret=0
;;
(list)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'*-f+[Conditions\: dangling=BOOL, label=KEY\[=VALUE\], before=IMAGE, since=IMAGE, reference=PATTERN]:FILTER:_default' \
'*--filter=[Conditions\: dangling=BOOL, label=KEY\[=VALUE\], before=IMAGE, since=IMAGE, reference=PATTERN]:FILTER:_default' \
'--format=[json, a Go template, or table with a template]:FORMAT:_default' \
'-a[Also intermediate images (there are none)]' \
'--all[Also intermediate images (there are none)]' \
'--digests[Show digests]' \
'--no-trunc[Print whole IDs]' \
'-q[Print IDs only]' \
'--quiet[Print IDs only]' \
'-h[Print help]' \
'--help[Print help]' \
'::reference -- Only this repository, or this pattern:_default' \
&& ret=0
;;
(prune)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'*--filter=[Conditions\: until=TIME, label=KEY\[=VALUE\], label!=KEY\[=VALUE\]]:FILTER:_default' \
'-a[Also images that have a name, if no container uses them]' \
'--all[Also images that have a name, if no container uses them]' \
'-f[Don'\''t ask]' \
'--force[Don'\''t ask]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(pull)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'--platform=[Of an image for several platforms, pull this one]:OS/ARCH[/VARIANT]:_default' \
'-a[Pull every tag of the repository]' \
'--all-tags[Pull every tag of the repository]' \
'-q[Print the image'\''s name only]' \
'--quiet[Print the image'\''s name only]' \
'-h[Print help]' \
'--help[Print help]' \
':name:_default' \
&& ret=0
;;
(push)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'--platform=[Fail if the image is for another platform]:OS/ARCH[/VARIANT]:_default' \
'-a[Push every tag of the repository]' \
'--all-tags[Push every tag of the repository]' \
'-q[Print the image'\''s name only]' \
'--quiet[Print the image'\''s name only]' \
'-h[Print help]' \
'--help[Print help]' \
':name:_default' \
'::destination -- Push there instead of where the name says:_default' \
&& ret=0
;;
(rm)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-f[Remove an image with several names, or one that stopped containers use]' \
'--force[Remove an image with several names, or one that stopped containers use]' \
'--no-prune[Keep layers that nothing needs any more]' \
'-h[Print help]' \
'--help[Print help]' \
'*::images:_default' \
&& ret=0
;;
(remove)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-f[Remove an image with several names, or one that stopped containers use]' \
'--force[Remove an image with several names, or one that stopped containers use]' \
'--no-prune[Keep layers that nothing needs any more]' \
'-h[Print help]' \
'--help[Print help]' \
'*::images:_default' \
&& ret=0
;;
(save)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-o+[Write to this file or directory instead of standard output]:PATH:_files' \
'--output=[Write to this file or directory instead of standard output]:PATH:_files' \
'--platform=[Fail if an image is for another platform]:OS/ARCH[/VARIANT]:_default' \
'--format=[What to write]:FORMAT:((docker-archive\:"A tar archive for \`docker load\` and everything else"
oci-archive\:"A tar archive with an OCI image layout"
oci-dir\:"A directory with an OCI image layout"))' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'*::images:_default' \
&& ret=0
;;
(tag)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-h[Print help]' \
'--help[Print help]' \
':source:_default' \
'*::targets:_default' \
&& ret=0
;;
(tree)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'--whatrequires[Show what other images have on top of its last layer]' \
'-h[Print help]' \
'--help[Print help]' \
':image:_default' \
&& ret=0
;;
(unmount)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-a[All that are mounted]' \
'--all[All that are mounted]' \
'-f[Also if a process is at work there\: it keeps what it has open]' \
'--force[Also if a process is at work there\: it keeps what it has open]' \
'-h[Print help]' \
'--help[Print help]' \
'*::images:_default' \
&& ret=0
;;
(umount)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-a[All that are mounted]' \
'--all[All that are mounted]' \
'-f[Also if a process is at work there\: it keeps what it has open]' \
'--force[Also if a process is at work there\: it keeps what it has open]' \
'-h[Print help]' \
'--help[Print help]' \
'*::images:_default' \
&& ret=0
;;
(untag)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-h[Print help]' \
'--help[Print help]' \
':image:_default' \
'*::names -- Names to take; without any, all of them:_default' \
&& ret=0
;;
        esac
    ;;
esac
;;
(history)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-H+[Print sizes and times for people]::HUMAN:(true false)' \
'--human=[Print sizes and times for people]::HUMAN:(true false)' \
'--platform=[Fail if the image is for another platform]:OS/ARCH[/VARIANT]:_default' \
'--format=[json, a Go template, or table with a template]:FORMAT:_default' \
'--no-trunc[Print everything whole]' \
'-q[Print IDs only]' \
'--quiet[Print IDs only]' \
'-h[Print help]' \
'--help[Print help]' \
':image:_default' \
&& ret=0
;;
(images)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'*-f+[Conditions\: dangling=BOOL, label=KEY\[=VALUE\], before=IMAGE, since=IMAGE, reference=PATTERN]:FILTER:_default' \
'*--filter=[Conditions\: dangling=BOOL, label=KEY\[=VALUE\], before=IMAGE, since=IMAGE, reference=PATTERN]:FILTER:_default' \
'--format=[json, a Go template, or table with a template]:FORMAT:_default' \
'-a[Also intermediate images (there are none)]' \
'--all[Also intermediate images (there are none)]' \
'--digests[Show digests]' \
'--no-trunc[Print whole IDs]' \
'-q[Print IDs only]' \
'--quiet[Print IDs only]' \
'-h[Print help]' \
'--help[Print help]' \
'::reference -- Only this repository, or this pattern:_default' \
&& ret=0
;;
(import)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'*-c+[Apply a Dockerfile instruction\: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, STOPSIGNAL, USER, VOLUME, WORKDIR]:INSTRUCTION:_default' \
'*--change=[Apply a Dockerfile instruction\: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, STOPSIGNAL, USER, VOLUME, WORKDIR]:INSTRUCTION:_default' \
'-m+[Comment in the image'\''s history]:MESSAGE:_default' \
'--message=[Comment in the image'\''s history]:MESSAGE:_default' \
'--platform=[Platform of the image]:OS/ARCH[/VARIANT]:_default' \
'-q[No progress on standard error]' \
'--quiet[No progress on standard error]' \
'-h[Print help]' \
'--help[Print help]' \
':source -- The archive, or - for standard input:_default' \
'::name:_default' \
&& ret=0
;;
(load)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-i+[Read from this archive or directory instead of standard input]:PATH:_files' \
'--input=[Read from this archive or directory instead of standard input]:PATH:_files' \
'--platform=[Of an archive for several platforms, load this one]:OS/ARCH[/VARIANT]:_default' \
'-q[Say nothing while loading]' \
'--quiet[Say nothing while loading]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(network)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-h[Print help]' \
'--help[Print help]' \
":: :_dhow__subcmd__network_commands" \
"*::: :->network" \
&& ret=0

    case $state in
    (network)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:dhow-network-command-$line[1]:"
        case $line[1] in
            (connect)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'*--alias=[Another name of the container on the network]:NAME:_default' \
'--ip=[IPv4 address]:ADDRESS:_default' \
'--ip6=[IPv6 address]:ADDRESS:_default' \
'*--driver-opt=[Option of the container'\''s place on the network, as com.docker.network.endpoint.sysctls=net.ipv4.conf.IFNAME.forwarding=0]:KEY=VALUE:_default' \
'*--link-local-ip=[A further address that is good on the network'\''s link alone]:ADDRESS:_default' \
'*--link=[Another container'\''s name for this one alone]:CONTAINER[:ALIAS]:_default' \
'--gw-priority=[Of the container'\''s networks the one with the highest leads out]:NUMBER:_default' \
'--mac-address=[Hardware address]:MAC:_default' \
'-h[Print help]' \
'--help[Print help]' \
':network:_default' \
':container:_default' \
&& ret=0
;;
(create)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-d+[What makes the network\: bridge, macvlan or ipvlan]:DRIVER:_default' \
'--driver=[What makes the network\: bridge, macvlan or ipvlan]:DRIVER:_default' \
'*--subnet=[Addresses of the network; of several subnets of a family a container gets an address of the first that has one]:SUBNET:_default' \
'*--gateway=[The host'\''s address on the subnet]:ADDRESS:_default' \
'*--ip-range=[Of the subnet, what containers get their addresses from]:RANGE:_default' \
'*--aux-address=[An address that no container gets]:NAME=ADDRESS:_default' \
'--ipv4=[IPv4 addresses, of which there are some unless a subnet of IPv6 alone is given without --ipv6]::BOOL:(true false)' \
'*-o+[Option of the network\: mtu, metric, no_default_route; of a bridge icc, isolate, vlan, name; of macvlan and ipvlan parent, mode, vlan]:KEY=VALUE:_default' \
'*--opt=[Option of the network\: mtu, metric, no_default_route; of a bridge icc, isolate, vlan, name; of macvlan and ipvlan parent, mode, vlan]:KEY=VALUE:_default' \
'*--label=[Set a label]:KEY[=VALUE]:_default' \
'--ipam-driver=[Who gives addresses out\: host-local (default), or none]:DRIVER:_default' \
'*--dns=[Name server that is asked for names that nobody on the network has]:ADDRESS:_default' \
'*--route=[A route of the containers on the network]:DESTINATION,GATEWAY[,METRIC]:_default' \
'--interface-name=[Name of the bridge, or of the parent]:NAME:_default' \
'--ipv6[Also IPv6 addresses]' \
'--internal[No way out of the network, and none in]' \
'--attachable[Containers may be attached by hand, as to every network here]' \
'--disable-dns[Containers don'\''t resolve one another'\''s names]' \
'--ignore[No error if there is one of this name]' \
'-h[Print help]' \
'--help[Print help]' \
':name:_default' \
&& ret=0
;;
(disconnect)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-f[No error if the container is gone]' \
'--force[No error if the container is gone]' \
'-h[Print help]' \
'--help[Print help]' \
':network:_default' \
':container:_default' \
&& ret=0
;;
(exists)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-h[Print help]' \
'--help[Print help]' \
':network:_default' \
&& ret=0
;;
(inspect)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-f+[json, or a Go template]:FORMAT:_default' \
'--format=[json, or a Go template]:FORMAT:_default' \
'-h[Print help]' \
'--help[Print help]' \
'*::networks:_default' \
&& ret=0
;;
(ls)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'*-f+[Conditions\: driver, id, label, name, scope, type, dangling, until]:FILTER:_default' \
'*--filter=[Conditions\: driver, id, label, name, scope, type, dangling, until]:FILTER:_default' \
'--format=[json, a Go template, or table with a template]:FORMAT:_default' \
'--no-trunc[Print whole IDs]' \
'-q[Print IDs only]' \
'--quiet[Print IDs only]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(list)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'*-f+[Conditions\: driver, id, label, name, scope, type, dangling, until]:FILTER:_default' \
'*--filter=[Conditions\: driver, id, label, name, scope, type, dangling, until]:FILTER:_default' \
'--format=[json, a Go template, or table with a template]:FORMAT:_default' \
'--no-trunc[Print whole IDs]' \
'-q[Print IDs only]' \
'--quiet[Print IDs only]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(prune)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'*--filter=[Conditions\: until=TIME, label=KEY\[=VALUE\], label!=KEY\[=VALUE\]]:FILTER:_default' \
'-f[Don'\''t ask]' \
'--force[Don'\''t ask]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(reload)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(rm)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-f[No error if there is no such network]' \
'--force[No error if there is no such network]' \
'-h[Print help]' \
'--help[Print help]' \
'*::networks:_default' \
&& ret=0
;;
(remove)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-f[No error if there is no such network]' \
'--force[No error if there is no such network]' \
'-h[Print help]' \
'--help[Print help]' \
'*::networks:_default' \
&& ret=0
;;
(update)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'*--dns-add=[Add a name server]:ADDRESS:_default' \
'*--dns-drop=[Remove a name server]:ADDRESS:_default' \
'-h[Print help]' \
'--help[Print help]' \
':network:_default' \
&& ret=0
;;
        esac
    ;;
esac
;;
(login)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-u+[User name]:USERNAME:_default' \
'--username=[User name]:USERNAME:_default' \
'(--password-stdin)-p+[Password; other users of this machine can see it on the command line]:PASSWORD:_default' \
'(--password-stdin)--password=[Password; other users of this machine can see it on the command line]:PASSWORD:_default' \
'--authfile=[Keep the credentials in this file]:PATH:_files' \
'--password-stdin[Take the password from standard input]' \
'(-u --username -p --password --password-stdin)--get-login[Print the user name that is logged in, and do nothing else]' \
'-v[Say where the credentials are stored]' \
'--verbose[Say where the credentials are stored]' \
'-h[Print help]' \
'--help[Print help]' \
'::registry -- The registry, HOST\[\:PORT\] (default docker.io):_default' \
&& ret=0
;;
(logout)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'--authfile=[The file that holds the credentials]:PATH:_files' \
'()-a[Forget the credentials of all registries]' \
'()--all[Forget the credentials of all registries]' \
'-h[Print help]' \
'--help[Print help]' \
'::registry -- The registry, HOST\[\:PORT\] (default docker.io):_default' \
&& ret=0
;;
(pull)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'--platform=[Of an image for several platforms, pull this one]:OS/ARCH[/VARIANT]:_default' \
'-a[Pull every tag of the repository]' \
'--all-tags[Pull every tag of the repository]' \
'-q[Print the image'\''s name only]' \
'--quiet[Print the image'\''s name only]' \
'-h[Print help]' \
'--help[Print help]' \
':name:_default' \
&& ret=0
;;
(push)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'--platform=[Fail if the image is for another platform]:OS/ARCH[/VARIANT]:_default' \
'-a[Push every tag of the repository]' \
'--all-tags[Push every tag of the repository]' \
'-q[Print the image'\''s name only]' \
'--quiet[Print the image'\''s name only]' \
'-h[Print help]' \
'--help[Print help]' \
':name:_default' \
'::destination -- Push there instead of where the name says:_default' \
&& ret=0
;;
(rmi)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-f[Remove an image with several names, or one that stopped containers use]' \
'--force[Remove an image with several names, or one that stopped containers use]' \
'--no-prune[Keep layers that nothing needs any more]' \
'-h[Print help]' \
'--help[Print help]' \
'*::images:_default' \
&& ret=0
;;
(save)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-o+[Write to this file or directory instead of standard output]:PATH:_files' \
'--output=[Write to this file or directory instead of standard output]:PATH:_files' \
'--platform=[Fail if an image is for another platform]:OS/ARCH[/VARIANT]:_default' \
'--format=[What to write]:FORMAT:((docker-archive\:"A tar archive for \`docker load\` and everything else"
oci-archive\:"A tar archive with an OCI image layout"
oci-dir\:"A directory with an OCI image layout"))' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'*::images:_default' \
&& ret=0
;;
(search)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'*-f+[Conditions\: stars=NUMBER, is-official=BOOL, is-automated=BOOL]:FILTER:_default' \
'*--filter=[Conditions\: stars=NUMBER, is-official=BOOL, is-automated=BOOL]:FILTER:_default' \
'--limit=[At most so many results, 1 to 100]:NUMBER:_default' \
'--format=[json, a Go template, or table with a template]:FORMAT:_default' \
'--no-trunc[Print descriptions whole]' \
'-h[Print help]' \
'--help[Print help]' \
':term -- What to search docker.io for, or HOST/TERM for another registry:_default' \
&& ret=0
;;
(serve)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'--group=[Group that may use the Unix sockets, by name or number]:GROUP:_default' \
'--idle-exit=[End when nobody was connected for so long]:SECONDS:_default' \
'--tlscacert=[Certificate of the authority whose clients are let in]:FILE:_files' \
'--tlscert=[The server'\''s certificate]:FILE:_files' \
'--tlskey=[Its key]:FILE:_files' \
'--docker-sock[Also listen at /var/run/docker.sock, where docker'\''s clients look]' \
'--read-only[Refuse every call that changes something]' \
'--tlsverify[TCP with TLS\: let in only who has a certificate of --tlscacert]' \
'(--tlsverify)--insecure-tcp[TCP without TLS, at addresses of the loopback interface only\: every user of this machine who can connect is let in]' \
'(--idle-exit --tlsverify --insecure-tcp)--install[Write units of systemd that listen from the start of the machine on and start the server when somebody comes (as an ordinary user\: of the user'\''s own systemd)]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'*::addresses -- Where to listen\: unix\://PATH, tcp\://IP\:PORT, or fd\:// for sockets of a service manager \[default\: unix\:///run/dhow/dhow.sock, for an ordinary user below $XDG_RUNTIME_DIR\]:_default' \
&& ret=0
;;
(system)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-h[Print help]' \
'--help[Print help]' \
":: :_dhow__subcmd__system_commands" \
"*::: :->system" \
&& ret=0

    case $state in
    (system)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:dhow-system-command-$line[1]:"
        case $line[1] in
            (check)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'--format=[text or json]:FORMAT:(text json)' \
'-r[Mend what can be mended\: unpack layers anew, remove damaged blobs and what killed processes left]' \
'--repair[Mend what can be mended\: unpack layers anew, remove damaged blobs and what killed processes left]' \
'-q[Look only whether everything is there\: read no content of layers]' \
'--quick[Look only whether everything is there\: read no content of layers]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
&& ret=0
;;
(df)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'--format=[json, a Go template, or table with a template]:FORMAT:_default' \
'-v[Each image, container and volume]' \
'--verbose[Each image, container and volume]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(events)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'*-f+[Only those that fit\: container=, event=, image=, label=, type=]:FILTER:_default' \
'*--filter=[Only those that fit\: container=, event=, image=, label=, type=]:FILTER:_default' \
'--format=[json, or a Go template]:FORMAT:_default' \
'--since=[Begin with those of the past, from this time on]:TIME:_default' \
'--until=[End at this time]:TIME:_default' \
'--stream=[End after those of the past]::BOOL:(true false)' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(info)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-f+[json, or a Go template]:FORMAT:_default' \
'--format=[json, or a Go template]:FORMAT:_default' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(migrate)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(prune)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'*--filter=[Conditions\: until=TIME, label=KEY\[=VALUE\], label!=KEY\[=VALUE\]]:FILTER:_default' \
'-a[Also images that have a name, if no container uses them]' \
'--all[Also images that have a name, if no container uses them]' \
'--volumes[Also volumes without a name that no container has]' \
'-f[Don'\''t ask]' \
'--force[Don'\''t ask]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(reset)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-f[Don'\''t ask]' \
'--force[Don'\''t ask]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
        esac
    ;;
esac
;;
(tag)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-h[Print help]' \
'--help[Print help]' \
':source:_default' \
'*::targets:_default' \
&& ret=0
;;
(untag)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-h[Print help]' \
'--help[Print help]' \
':image:_default' \
'*::names -- Names to take; without any, all of them:_default' \
&& ret=0
;;
(info)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-f+[json, or a Go template]:FORMAT:_default' \
'--format=[json, or a Go template]:FORMAT:_default' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(doctor)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(version)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-f+[json, or a Go template]:FORMAT:_default' \
'--format=[json, or a Go template]:FORMAT:_default' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(volume)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-h[Print help]' \
'--help[Print help]' \
":: :_dhow__subcmd__volume_commands" \
"*::: :->volume" \
&& ret=0

    case $state in
    (volume)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:dhow-volume-command-$line[1]:"
        case $line[1] in
            (create)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'--name=[Name of the volume \[default\: a random one\]]:VOLUME:_default' \
'-d+[Who makes it\: local is the only one]:DRIVER:_default' \
'--driver=[Who makes it\: local is the only one]:DRIVER:_default' \
'*-o+[type, device and o, as mount(8) has them\: what containers mount as the volume; size=SIZE\: how much it may hold]:KEY=VALUE:_default' \
'*--opt=[type, device and o, as mount(8) has them\: what containers mount as the volume; size=SIZE\: how much it may hold]:KEY=VALUE:_default' \
'*-l+[Set a label]:KEY[=VALUE]:_default' \
'*--label=[Set a label]:KEY[=VALUE]:_default' \
'--ignore[No error if there is one of this name, whatever its options]' \
'-h[Print help]' \
'--help[Print help]' \
'::name:_default' \
&& ret=0
;;
(exists)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-h[Print help]' \
'--help[Print help]' \
':volume:_default' \
&& ret=0
;;
(export)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-o+[File to write to instead of standard output]:FILE:_files' \
'--output=[File to write to instead of standard output]:FILE:_files' \
'-h[Print help]' \
'--help[Print help]' \
':volume:_default' \
&& ret=0
;;
(import)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-h[Print help]' \
'--help[Print help]' \
':volume:_default' \
'::archive -- The archive, plain or compressed; - is standard input:_files' \
&& ret=0
;;
(inspect)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-f+[json, or a Go template]:FORMAT:_default' \
'--format=[json, or a Go template]:FORMAT:_default' \
'-a[All volumes]' \
'--all[All volumes]' \
'-h[Print help]' \
'--help[Print help]' \
'*::volumes:_default' \
&& ret=0
;;
(ls)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'*-f+[Conditions\: name, label, label!, driver, dangling, scope, opt, until, since]:FILTER:_default' \
'*--filter=[Conditions\: name, label, label!, driver, dangling, scope, opt, until, since]:FILTER:_default' \
'--format=[json, a Go template, or table with a template]:FORMAT:_default' \
'-q[Print names only]' \
'--quiet[Print names only]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(list)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'*-f+[Conditions\: name, label, label!, driver, dangling, scope, opt, until, since]:FILTER:_default' \
'*--filter=[Conditions\: name, label, label!, driver, dangling, scope, opt, until, since]:FILTER:_default' \
'--format=[json, a Go template, or table with a template]:FORMAT:_default' \
'-q[Print names only]' \
'--quiet[Print names only]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(prune)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'*--filter=[Conditions\: label=KEY\[=VALUE\], label!=KEY\[=VALUE\], until=TIME, all=BOOL]:FILTER:_default' \
'-a[Also those that have a name]' \
'--all[Also those that have a name]' \
'-f[Don'\''t ask]' \
'--force[Don'\''t ask]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(rm)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-a[All volumes that no container has]' \
'--all[All volumes that no container has]' \
'-f[No error if there is no such volume]' \
'--force[No error if there is no such volume]' \
'-h[Print help]' \
'--help[Print help]' \
'*::volumes:_default' \
&& ret=0
;;
(remove)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-a[All volumes that no container has]' \
'--all[All volumes that no container has]' \
'-f[No error if there is no such volume]' \
'--force[No error if there is no such volume]' \
'-h[Print help]' \
'--help[Print help]' \
'*::volumes:_default' \
&& ret=0
;;
(update)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'*--label-add=[Set a label]:KEY[=VALUE]:_default' \
'*--label-rm=[Take a label away]:KEY:_default' \
'--availability=[For volumes of a cluster, of which there are none here]:STATE:_default' \
'-h[Print help]' \
'--help[Print help]' \
':volume:_default' \
&& ret=0
;;
        esac
    ;;
esac
;;
(completion)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-h[Print help]' \
'--help[Print help]' \
':shell:(bash zsh fish)' \
&& ret=0
;;
(hello)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--cgroup-manager=[Who makes the cgroups of new containers\: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one]:MANAGER:(cgroupfs systemd)' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(oci)
_arguments "${_arguments_options[@]}" : \
'--log=[Write errors to this file too]:FILE:_files' \
'--log-format=[How errors are written]:FORMAT:(text json)' \
'--root=[Where the state of containers is kept]:DIR:_files' \
'--rootless=[Whether a container may go without a cgroup where none can be made\: auto and true mean that it may unless limits are asked for]:WHEN:_default' \
'(--systemd-cgroup)--cgroup-manager=[Who makes the cgroups, as crun is told]:MANAGER:((cgroupfs\:""
systemd\:""
disabled\:"No cgroup is made"))' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-v[Print the version]' \
'--version[Print the version]' \
'--debug[Say more on standard error]' \
'--systemd-cgroup[Have systemd make the cgroups]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
":: :_dhow__subcmd__oci_commands" \
"*::: :->oci" \
&& ret=0

    case $state in
    (oci)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:dhow-oci-command-$line[1]:"
        case $line[1] in
            (create)
_arguments "${_arguments_options[@]}" : \
'-b+[The bundle'\''s directory]:DIR:_files' \
'--bundle=[The bundle'\''s directory]:DIR:_files' \
'--console-socket=[A Unix socket that gets the master side of the program'\''s terminal]:SOCKET:_files' \
'--pid-file=[Where the first process'\''s pid is written]:FILE:_files' \
'--preserve-fds=[Give the program this many descriptors beyond the standard streams]:N:_default' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'--no-pivot[Change the root without pivot_root(2), for root file systems on the initial RAM disk]' \
'--no-new-keyring[Leave the caller'\''s session keyring to the program]' \
'-h[Print help]' \
'--help[Print help]' \
':id -- The container'\''s name:_default' \
&& ret=0
;;
(delete)
_arguments "${_arguments_options[@]}" : \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-f[Kill it first if it runs; one that doesn'\''t exist is no error]' \
'--force[Kill it first if it runs; one that doesn'\''t exist is no error]' \
'-h[Print help]' \
'--help[Print help]' \
':id -- The container'\''s name:_default' \
&& ret=0
;;
(events)
_arguments "${_arguments_options[@]}" : \
'--interval=[How often statistics are printed]:DURATION:_default' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'--stats[Print statistics once and return]' \
'-h[Print help]' \
'--help[Print help]' \
':id -- The container'\''s name:_default' \
&& ret=0
;;
(exec)
_arguments "${_arguments_options[@]}" : \
'--console-socket=[A Unix socket that gets the master side of the program'\''s terminal]:SOCKET:_files' \
'--cwd=[The working directory]:DIR:_files' \
'*-e+[Set an environment variable]:NAME=VALUE:_default' \
'*--env=[Set an environment variable]:NAME=VALUE:_default' \
'-u+[Run as this user\: UID\[\:GID\]]:USER:_default' \
'--user=[Run as this user\: UID\[\:GID\]]:USER:_default' \
'*-g+[Add a group]:GID:_default' \
'*--additional-gids=[Add a group]:GID:_default' \
'-p+[A process document with all of it]:FILE:_files' \
'--process=[A process document with all of it]:FILE:_files' \
'--pid-file=[Where the program'\''s pid is written]:FILE:_files' \
'--process-label=[The SELinux label of the program]:LABEL:_default' \
'--apparmor=[The AppArmor profile of the program]:PROFILE:_default' \
'*-c+[Add a capability]:CAPABILITY:_default' \
'*--cap=[Add a capability]:CAPABILITY:_default' \
'--preserve-fds=[Give the program this many descriptors beyond the standard streams]:N:_default' \
'*--cgroup=[Run in this cgroup below the container'\''s\: \[CONTROLLER\:\]PATH]:CGROUP:_default' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-t[Give the program a terminal]' \
'--tty[Give the program a terminal]' \
'-d[Return as soon as the program runs]' \
'--detach[Return as soon as the program runs]' \
'--no-new-privs[Let the program gain no privileges]' \
'--ignore-paused[Run in a paused container too]' \
'-h[Print help]' \
'--help[Print help]' \
':id -- The container'\''s name:_default' \
'*::command -- The program and its arguments:_default' \
&& ret=0
;;
(features)
_arguments "${_arguments_options[@]}" : \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(kill)
_arguments "${_arguments_options[@]}" : \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-a[Send it to all processes of the container]' \
'--all[Send it to all processes of the container]' \
'-h[Print help]' \
'--help[Print help]' \
':id -- The container'\''s name:_default' \
'::signal -- By number or name:_default' \
&& ret=0
;;
(list)
_arguments "${_arguments_options[@]}" : \
'-f+[table or json]:FORMAT:_default' \
'--format=[table or json]:FORMAT:_default' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-q[Print names only]' \
'--quiet[Print names only]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(pause)
_arguments "${_arguments_options[@]}" : \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-h[Print help]' \
'--help[Print help]' \
':id -- The container'\''s name:_default' \
&& ret=0
;;
(ps)
_arguments "${_arguments_options[@]}" : \
'-f+[table or json]:FORMAT:_default' \
'--format=[table or json]:FORMAT:_default' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-h[Print help]' \
'--help[Print help]' \
':id -- The container'\''s name:_default' \
'*::options -- Options for ps(1):_default' \
&& ret=0
;;
(resume)
_arguments "${_arguments_options[@]}" : \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-h[Print help]' \
'--help[Print help]' \
':id -- The container'\''s name:_default' \
&& ret=0
;;
(run)
_arguments "${_arguments_options[@]}" : \
'-b+[The bundle'\''s directory]:DIR:_files' \
'--bundle=[The bundle'\''s directory]:DIR:_files' \
'--console-socket=[A Unix socket that gets the master side of the program'\''s terminal]:SOCKET:_files' \
'--pid-file=[Where the first process'\''s pid is written]:FILE:_files' \
'--preserve-fds=[Give the program this many descriptors beyond the standard streams]:N:_default' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'--no-pivot[Change the root without pivot_root(2), for root file systems on the initial RAM disk]' \
'--no-new-keyring[Leave the caller'\''s session keyring to the program]' \
'-d[Return as soon as the program runs]' \
'--detach[Return as soon as the program runs]' \
'--keep[Keep the container when its program has ended]' \
'--no-subreaper[Accepted for runc'\''s callers\: orphans are never ours to reap]' \
'-h[Print help]' \
'--help[Print help]' \
':id -- The container'\''s name:_default' \
&& ret=0
;;
(spec)
_arguments "${_arguments_options[@]}" : \
'-b+[The bundle'\''s directory]:DIR:_files' \
'--bundle=[The bundle'\''s directory]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'--rootless[For a container of an ordinary user]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(start)
_arguments "${_arguments_options[@]}" : \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-h[Print help]' \
'--help[Print help]' \
':id -- The container'\''s name:_default' \
&& ret=0
;;
(state)
_arguments "${_arguments_options[@]}" : \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-h[Print help]' \
'--help[Print help]' \
':id -- The container'\''s name:_default' \
&& ret=0
;;
(update)
_arguments "${_arguments_options[@]}" : \
'-r+[A file with the limits as in a Spec'\''s linux.resources, - for standard input; all other options are ignored then]:FILE:_files' \
'--resources=[A file with the limits as in a Spec'\''s linux.resources, - for standard input; all other options are ignored then]:FILE:_files' \
'--blkio-weight=[Weight of block I/O, 10 to 1000]:WEIGHT:_default' \
'--cpu-period=[CFS period in microseconds]:MICROSECONDS:_default' \
'--cpu-quota=[CFS quota in microseconds, -1 for none]:MICROSECONDS:_default' \
'--cpu-burst=[CFS burst in microseconds]:MICROSECONDS:_default' \
'--cpu-share=[CPU shares]:SHARES:_default' \
'--cpu-rt-period=[Real-time period in microseconds]:MICROSECONDS:_default' \
'--cpu-rt-runtime=[Real-time run time in microseconds]:MICROSECONDS:_default' \
'--cpu-idle=[Idle scheduling\: 1 or 0]:N:_default' \
'--cpuset-cpus=[Processors to use\: 0-2,5]:LIST:_default' \
'--cpuset-mems=[Memory nodes to use]:LIST:_default' \
'--memory=[Memory limit\: 64m, -1 for none]:SIZE:_default' \
'--memory-reservation=[Soft memory limit]:SIZE:_default' \
'--memory-swap=[Memory and swap, -1 for no limit]:SIZE:_default' \
'--pids-limit=[Number of processes]:N:_default' \
'--l3-cache-schema=[Level 3 cache, a line of resctrl'\''s schemata\: L3\:0=ff]:SCHEMA:_default' \
'--mem-bw-schema=[Memory bandwidth, a line of resctrl'\''s schemata\: MB\:0=50]:SCHEMA:_default' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--config-file=[Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml]:FILE:_files' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-h[Print help]' \
'--help[Print help]' \
':id -- The container'\''s name:_default' \
&& ret=0
;;
        esac
    ;;
esac
;;
        esac
    ;;
esac
}

(( $+functions[_dhow_commands] )) ||
_dhow_commands() {
    local commands; commands=(
'builder:Manage the build cache' \
'container:Manage containers' \
'attach:Connect to a running container'\''s standard streams' \
'boot:Start the containers whose restart policy wants them to run, after the machine was started' \
'commit:Make an image of a container and what it has changed' \
'cp:Copy files and directories between a container and the host' \
'create:Create a container without starting it' \
'diff:Show what a container has changed in its image' \
'events:Show what happens to containers and images, as it happens' \
'exec:Run a command in a running container' \
'export:Write a container'\''s root file system as a tar archive' \
'inspect:Show all that is known of containers or images, as JSON' \
'kill:Send a signal to running containers' \
'logs:Print what a container has written' \
'mount:Mount the root file systems of containers and print where, or list those that are mounted' \
'pause:Freeze all processes of containers' \
'port:List published ports' \
'ps:List containers' \
'rename:Give a container another name' \
'restart:Stop containers and start them again' \
'rm:Remove containers' \
'run:Create a container and start it' \
'start:Start containers that were created or have ended' \
'stats:Show what containers use' \
'stop:Stop running containers' \
'top:Show the processes of a container' \
'unmount:Unmount the root file systems of containers' \
'umount:Unmount the root file systems of containers' \
'unpause:Let the processes of paused containers go on' \
'unshare:Run a command in a user namespace with this user'\''s mapped ids, where it is root' \
'update:Change the limits and the restart policy of containers' \
'wait:Wait until containers end, and print their exit codes' \
'healthcheck:Check the health of containers' \
'image:Manage images' \
'history:Show how an image came to be' \
'images:List images' \
'import:Make an image of a root file system in a tar archive' \
'load:Load images from an archive or an OCI directory' \
'network:Manage networks' \
'login:Log in to a registry' \
'logout:Log out from a registry' \
'pull:Pull an image from a registry' \
'push:Push an image to a registry' \
'rmi:Remove images' \
'save:Save images to an archive or an OCI directory' \
'search:Search a registry for images' \
'serve:Offer the Docker Engine API' \
'system:Manage all of dhow'\''s storage' \
'tag:Give an image another name' \
'untag:Take names from an image; the image stays' \
'info:Show what is there and what it runs on' \
'doctor:Say what this host lacks for containers, and how to fix it' \
'version:Print the version' \
'volume:Manage volumes' \
'completion:Print the completion script of a shell' \
'hello:Tell what isolates this process' \
'oci:Run containers from OCI bundles, as runc does' \
    )
    _describe -t commands 'dhow commands' commands "$@"
}
(( $+functions[_dhow__subcmd__attach_commands] )) ||
_dhow__subcmd__attach_commands() {
    local commands; commands=()
    _describe -t commands 'dhow attach commands' commands "$@"
}
(( $+functions[_dhow__subcmd__boot_commands] )) ||
_dhow__subcmd__boot_commands() {
    local commands; commands=()
    _describe -t commands 'dhow boot commands' commands "$@"
}
(( $+functions[_dhow__subcmd__builder_commands] )) ||
_dhow__subcmd__builder_commands() {
    local commands; commands=(
'prune:Remove the build cache (there is none\: images aren'\''t built by this version)' \
    )
    _describe -t commands 'dhow builder commands' commands "$@"
}
(( $+functions[_dhow__subcmd__builder__subcmd__prune_commands] )) ||
_dhow__subcmd__builder__subcmd__prune_commands() {
    local commands; commands=()
    _describe -t commands 'dhow builder prune commands' commands "$@"
}
(( $+functions[_dhow__subcmd__commit_commands] )) ||
_dhow__subcmd__commit_commands() {
    local commands; commands=()
    _describe -t commands 'dhow commit commands' commands "$@"
}
(( $+functions[_dhow__subcmd__completion_commands] )) ||
_dhow__subcmd__completion_commands() {
    local commands; commands=()
    _describe -t commands 'dhow completion commands' commands "$@"
}
(( $+functions[_dhow__subcmd__container_commands] )) ||
_dhow__subcmd__container_commands() {
    local commands; commands=(
'attach:Connect to a running container'\''s standard streams' \
'commit:Make an image of a container and what it has changed' \
'cp:Copy files and directories between a container and the host' \
'create:Create a container without starting it' \
'diff:Show what a container has changed in its image' \
'exec:Run a command in a running container' \
'export:Write a container'\''s root file system as a tar archive' \
'inspect:Show all that is known of containers, as JSON' \
'kill:Send a signal to running containers' \
'logs:Print what a container has written' \
'mount:Mount the root file systems of containers and print where, or list those that are mounted' \
'ls:List containers' \
'list:List containers' \
'ps:List containers' \
'pause:Freeze all processes of containers' \
'port:List published ports' \
'prune:Remove all containers that aren'\''t running' \
'rename:Give a container another name' \
'restart:Stop containers and start them again' \
'rm:Remove containers' \
'remove:Remove containers' \
'run:Create a container and start it' \
'start:Start containers that were created or have ended' \
'stats:Show what containers use' \
'stop:Stop running containers' \
'top:Show the processes of a container' \
'unmount:Unmount the root file systems of containers' \
'umount:Unmount the root file systems of containers' \
'unpause:Let the processes of paused containers go on' \
'update:Change the limits and the restart policy of containers' \
'wait:Wait until containers end, and print their exit codes' \
    )
    _describe -t commands 'dhow container commands' commands "$@"
}
(( $+functions[_dhow__subcmd__container__subcmd__attach_commands] )) ||
_dhow__subcmd__container__subcmd__attach_commands() {
    local commands; commands=()
    _describe -t commands 'dhow container attach commands' commands "$@"
}
(( $+functions[_dhow__subcmd__container__subcmd__commit_commands] )) ||
_dhow__subcmd__container__subcmd__commit_commands() {
    local commands; commands=()
    _describe -t commands 'dhow container commit commands' commands "$@"
}
(( $+functions[_dhow__subcmd__container__subcmd__cp_commands] )) ||
_dhow__subcmd__container__subcmd__cp_commands() {
    local commands; commands=()
    _describe -t commands 'dhow container cp commands' commands "$@"
}
(( $+functions[_dhow__subcmd__container__subcmd__create_commands] )) ||
_dhow__subcmd__container__subcmd__create_commands() {
    local commands; commands=()
    _describe -t commands 'dhow container create commands' commands "$@"
}
(( $+functions[_dhow__subcmd__container__subcmd__diff_commands] )) ||
_dhow__subcmd__container__subcmd__diff_commands() {
    local commands; commands=()
    _describe -t commands 'dhow container diff commands' commands "$@"
}
(( $+functions[_dhow__subcmd__container__subcmd__exec_commands] )) ||
_dhow__subcmd__container__subcmd__exec_commands() {
    local commands; commands=()
    _describe -t commands 'dhow container exec commands' commands "$@"
}
(( $+functions[_dhow__subcmd__container__subcmd__export_commands] )) ||
_dhow__subcmd__container__subcmd__export_commands() {
    local commands; commands=()
    _describe -t commands 'dhow container export commands' commands "$@"
}
(( $+functions[_dhow__subcmd__container__subcmd__inspect_commands] )) ||
_dhow__subcmd__container__subcmd__inspect_commands() {
    local commands; commands=()
    _describe -t commands 'dhow container inspect commands' commands "$@"
}
(( $+functions[_dhow__subcmd__container__subcmd__kill_commands] )) ||
_dhow__subcmd__container__subcmd__kill_commands() {
    local commands; commands=()
    _describe -t commands 'dhow container kill commands' commands "$@"
}
(( $+functions[_dhow__subcmd__container__subcmd__logs_commands] )) ||
_dhow__subcmd__container__subcmd__logs_commands() {
    local commands; commands=()
    _describe -t commands 'dhow container logs commands' commands "$@"
}
(( $+functions[_dhow__subcmd__container__subcmd__ls_commands] )) ||
_dhow__subcmd__container__subcmd__ls_commands() {
    local commands; commands=()
    _describe -t commands 'dhow container ls commands' commands "$@"
}
(( $+functions[_dhow__subcmd__container__subcmd__mount_commands] )) ||
_dhow__subcmd__container__subcmd__mount_commands() {
    local commands; commands=()
    _describe -t commands 'dhow container mount commands' commands "$@"
}
(( $+functions[_dhow__subcmd__container__subcmd__pause_commands] )) ||
_dhow__subcmd__container__subcmd__pause_commands() {
    local commands; commands=()
    _describe -t commands 'dhow container pause commands' commands "$@"
}
(( $+functions[_dhow__subcmd__container__subcmd__port_commands] )) ||
_dhow__subcmd__container__subcmd__port_commands() {
    local commands; commands=()
    _describe -t commands 'dhow container port commands' commands "$@"
}
(( $+functions[_dhow__subcmd__container__subcmd__prune_commands] )) ||
_dhow__subcmd__container__subcmd__prune_commands() {
    local commands; commands=()
    _describe -t commands 'dhow container prune commands' commands "$@"
}
(( $+functions[_dhow__subcmd__container__subcmd__rename_commands] )) ||
_dhow__subcmd__container__subcmd__rename_commands() {
    local commands; commands=()
    _describe -t commands 'dhow container rename commands' commands "$@"
}
(( $+functions[_dhow__subcmd__container__subcmd__restart_commands] )) ||
_dhow__subcmd__container__subcmd__restart_commands() {
    local commands; commands=()
    _describe -t commands 'dhow container restart commands' commands "$@"
}
(( $+functions[_dhow__subcmd__container__subcmd__rm_commands] )) ||
_dhow__subcmd__container__subcmd__rm_commands() {
    local commands; commands=()
    _describe -t commands 'dhow container rm commands' commands "$@"
}
(( $+functions[_dhow__subcmd__container__subcmd__run_commands] )) ||
_dhow__subcmd__container__subcmd__run_commands() {
    local commands; commands=()
    _describe -t commands 'dhow container run commands' commands "$@"
}
(( $+functions[_dhow__subcmd__container__subcmd__start_commands] )) ||
_dhow__subcmd__container__subcmd__start_commands() {
    local commands; commands=()
    _describe -t commands 'dhow container start commands' commands "$@"
}
(( $+functions[_dhow__subcmd__container__subcmd__stats_commands] )) ||
_dhow__subcmd__container__subcmd__stats_commands() {
    local commands; commands=()
    _describe -t commands 'dhow container stats commands' commands "$@"
}
(( $+functions[_dhow__subcmd__container__subcmd__stop_commands] )) ||
_dhow__subcmd__container__subcmd__stop_commands() {
    local commands; commands=()
    _describe -t commands 'dhow container stop commands' commands "$@"
}
(( $+functions[_dhow__subcmd__container__subcmd__top_commands] )) ||
_dhow__subcmd__container__subcmd__top_commands() {
    local commands; commands=()
    _describe -t commands 'dhow container top commands' commands "$@"
}
(( $+functions[_dhow__subcmd__container__subcmd__unmount_commands] )) ||
_dhow__subcmd__container__subcmd__unmount_commands() {
    local commands; commands=()
    _describe -t commands 'dhow container unmount commands' commands "$@"
}
(( $+functions[_dhow__subcmd__container__subcmd__unpause_commands] )) ||
_dhow__subcmd__container__subcmd__unpause_commands() {
    local commands; commands=()
    _describe -t commands 'dhow container unpause commands' commands "$@"
}
(( $+functions[_dhow__subcmd__container__subcmd__update_commands] )) ||
_dhow__subcmd__container__subcmd__update_commands() {
    local commands; commands=()
    _describe -t commands 'dhow container update commands' commands "$@"
}
(( $+functions[_dhow__subcmd__container__subcmd__wait_commands] )) ||
_dhow__subcmd__container__subcmd__wait_commands() {
    local commands; commands=()
    _describe -t commands 'dhow container wait commands' commands "$@"
}
(( $+functions[_dhow__subcmd__cp_commands] )) ||
_dhow__subcmd__cp_commands() {
    local commands; commands=()
    _describe -t commands 'dhow cp commands' commands "$@"
}
(( $+functions[_dhow__subcmd__create_commands] )) ||
_dhow__subcmd__create_commands() {
    local commands; commands=()
    _describe -t commands 'dhow create commands' commands "$@"
}
(( $+functions[_dhow__subcmd__diff_commands] )) ||
_dhow__subcmd__diff_commands() {
    local commands; commands=()
    _describe -t commands 'dhow diff commands' commands "$@"
}
(( $+functions[_dhow__subcmd__doctor_commands] )) ||
_dhow__subcmd__doctor_commands() {
    local commands; commands=()
    _describe -t commands 'dhow doctor commands' commands "$@"
}
(( $+functions[_dhow__subcmd__events_commands] )) ||
_dhow__subcmd__events_commands() {
    local commands; commands=()
    _describe -t commands 'dhow events commands' commands "$@"
}
(( $+functions[_dhow__subcmd__exec_commands] )) ||
_dhow__subcmd__exec_commands() {
    local commands; commands=()
    _describe -t commands 'dhow exec commands' commands "$@"
}
(( $+functions[_dhow__subcmd__export_commands] )) ||
_dhow__subcmd__export_commands() {
    local commands; commands=()
    _describe -t commands 'dhow export commands' commands "$@"
}
(( $+functions[_dhow__subcmd__healthcheck_commands] )) ||
_dhow__subcmd__healthcheck_commands() {
    local commands; commands=(
'run:Check the health of a container now' \
    )
    _describe -t commands 'dhow healthcheck commands' commands "$@"
}
(( $+functions[_dhow__subcmd__healthcheck__subcmd__run_commands] )) ||
_dhow__subcmd__healthcheck__subcmd__run_commands() {
    local commands; commands=()
    _describe -t commands 'dhow healthcheck run commands' commands "$@"
}
(( $+functions[_dhow__subcmd__hello_commands] )) ||
_dhow__subcmd__hello_commands() {
    local commands; commands=()
    _describe -t commands 'dhow hello commands' commands "$@"
}
(( $+functions[_dhow__subcmd__history_commands] )) ||
_dhow__subcmd__history_commands() {
    local commands; commands=()
    _describe -t commands 'dhow history commands' commands "$@"
}
(( $+functions[_dhow__subcmd__image_commands] )) ||
_dhow__subcmd__image_commands() {
    local commands; commands=(
'diff:Show what an image'\''s top layer changes, or all that it has otherwise than another image' \
'exists:Tell by the exit code whether an image is in the store\: 0 or 1' \
'history:Show how an image came to be' \
'import:Make an image of a root file system in a tar archive' \
'inspect:Show all that is known of images, as JSON' \
'load:Load images from an archive or an OCI directory' \
'mount:Mount images, read-only, and print where, or list those that are mounted' \
'ls:List images' \
'list:List images' \
'prune:Remove images that nobody uses' \
'pull:Pull an image from a registry' \
'push:Push an image to a registry' \
'rm:Remove images' \
'remove:Remove images' \
'save:Save images to an archive or an OCI directory' \
'tag:Give an image another name' \
'tree:Show the layers of an image as a tree' \
'unmount:Unmount images' \
'umount:Unmount images' \
'untag:Take names from an image; the image stays' \
    )
    _describe -t commands 'dhow image commands' commands "$@"
}
(( $+functions[_dhow__subcmd__image__subcmd__diff_commands] )) ||
_dhow__subcmd__image__subcmd__diff_commands() {
    local commands; commands=()
    _describe -t commands 'dhow image diff commands' commands "$@"
}
(( $+functions[_dhow__subcmd__image__subcmd__exists_commands] )) ||
_dhow__subcmd__image__subcmd__exists_commands() {
    local commands; commands=()
    _describe -t commands 'dhow image exists commands' commands "$@"
}
(( $+functions[_dhow__subcmd__image__subcmd__history_commands] )) ||
_dhow__subcmd__image__subcmd__history_commands() {
    local commands; commands=()
    _describe -t commands 'dhow image history commands' commands "$@"
}
(( $+functions[_dhow__subcmd__image__subcmd__import_commands] )) ||
_dhow__subcmd__image__subcmd__import_commands() {
    local commands; commands=()
    _describe -t commands 'dhow image import commands' commands "$@"
}
(( $+functions[_dhow__subcmd__image__subcmd__inspect_commands] )) ||
_dhow__subcmd__image__subcmd__inspect_commands() {
    local commands; commands=()
    _describe -t commands 'dhow image inspect commands' commands "$@"
}
(( $+functions[_dhow__subcmd__image__subcmd__load_commands] )) ||
_dhow__subcmd__image__subcmd__load_commands() {
    local commands; commands=()
    _describe -t commands 'dhow image load commands' commands "$@"
}
(( $+functions[_dhow__subcmd__image__subcmd__ls_commands] )) ||
_dhow__subcmd__image__subcmd__ls_commands() {
    local commands; commands=()
    _describe -t commands 'dhow image ls commands' commands "$@"
}
(( $+functions[_dhow__subcmd__image__subcmd__mount_commands] )) ||
_dhow__subcmd__image__subcmd__mount_commands() {
    local commands; commands=()
    _describe -t commands 'dhow image mount commands' commands "$@"
}
(( $+functions[_dhow__subcmd__image__subcmd__prune_commands] )) ||
_dhow__subcmd__image__subcmd__prune_commands() {
    local commands; commands=()
    _describe -t commands 'dhow image prune commands' commands "$@"
}
(( $+functions[_dhow__subcmd__image__subcmd__pull_commands] )) ||
_dhow__subcmd__image__subcmd__pull_commands() {
    local commands; commands=()
    _describe -t commands 'dhow image pull commands' commands "$@"
}
(( $+functions[_dhow__subcmd__image__subcmd__push_commands] )) ||
_dhow__subcmd__image__subcmd__push_commands() {
    local commands; commands=()
    _describe -t commands 'dhow image push commands' commands "$@"
}
(( $+functions[_dhow__subcmd__image__subcmd__rm_commands] )) ||
_dhow__subcmd__image__subcmd__rm_commands() {
    local commands; commands=()
    _describe -t commands 'dhow image rm commands' commands "$@"
}
(( $+functions[_dhow__subcmd__image__subcmd__save_commands] )) ||
_dhow__subcmd__image__subcmd__save_commands() {
    local commands; commands=()
    _describe -t commands 'dhow image save commands' commands "$@"
}
(( $+functions[_dhow__subcmd__image__subcmd__tag_commands] )) ||
_dhow__subcmd__image__subcmd__tag_commands() {
    local commands; commands=()
    _describe -t commands 'dhow image tag commands' commands "$@"
}
(( $+functions[_dhow__subcmd__image__subcmd__tree_commands] )) ||
_dhow__subcmd__image__subcmd__tree_commands() {
    local commands; commands=()
    _describe -t commands 'dhow image tree commands' commands "$@"
}
(( $+functions[_dhow__subcmd__image__subcmd__unmount_commands] )) ||
_dhow__subcmd__image__subcmd__unmount_commands() {
    local commands; commands=()
    _describe -t commands 'dhow image unmount commands' commands "$@"
}
(( $+functions[_dhow__subcmd__image__subcmd__untag_commands] )) ||
_dhow__subcmd__image__subcmd__untag_commands() {
    local commands; commands=()
    _describe -t commands 'dhow image untag commands' commands "$@"
}
(( $+functions[_dhow__subcmd__images_commands] )) ||
_dhow__subcmd__images_commands() {
    local commands; commands=()
    _describe -t commands 'dhow images commands' commands "$@"
}
(( $+functions[_dhow__subcmd__import_commands] )) ||
_dhow__subcmd__import_commands() {
    local commands; commands=()
    _describe -t commands 'dhow import commands' commands "$@"
}
(( $+functions[_dhow__subcmd__info_commands] )) ||
_dhow__subcmd__info_commands() {
    local commands; commands=()
    _describe -t commands 'dhow info commands' commands "$@"
}
(( $+functions[_dhow__subcmd__inspect_commands] )) ||
_dhow__subcmd__inspect_commands() {
    local commands; commands=()
    _describe -t commands 'dhow inspect commands' commands "$@"
}
(( $+functions[_dhow__subcmd__kill_commands] )) ||
_dhow__subcmd__kill_commands() {
    local commands; commands=()
    _describe -t commands 'dhow kill commands' commands "$@"
}
(( $+functions[_dhow__subcmd__load_commands] )) ||
_dhow__subcmd__load_commands() {
    local commands; commands=()
    _describe -t commands 'dhow load commands' commands "$@"
}
(( $+functions[_dhow__subcmd__login_commands] )) ||
_dhow__subcmd__login_commands() {
    local commands; commands=()
    _describe -t commands 'dhow login commands' commands "$@"
}
(( $+functions[_dhow__subcmd__logout_commands] )) ||
_dhow__subcmd__logout_commands() {
    local commands; commands=()
    _describe -t commands 'dhow logout commands' commands "$@"
}
(( $+functions[_dhow__subcmd__logs_commands] )) ||
_dhow__subcmd__logs_commands() {
    local commands; commands=()
    _describe -t commands 'dhow logs commands' commands "$@"
}
(( $+functions[_dhow__subcmd__mount_commands] )) ||
_dhow__subcmd__mount_commands() {
    local commands; commands=()
    _describe -t commands 'dhow mount commands' commands "$@"
}
(( $+functions[_dhow__subcmd__network_commands] )) ||
_dhow__subcmd__network_commands() {
    local commands; commands=(
'connect:Connect a container to a network' \
'create:Make a network' \
'disconnect:Disconnect a container from a network' \
'exists:Tell by the exit code whether there is a network\: 0 or 1' \
'inspect:Show all that is known of networks, as JSON' \
'ls:List networks' \
'list:List networks' \
'prune:Remove networks that nobody uses' \
'reload:Put the rules of all networks in force again' \
'rm:Remove networks' \
'remove:Remove networks' \
'update:Change the name servers of a network; running containers notice' \
    )
    _describe -t commands 'dhow network commands' commands "$@"
}
(( $+functions[_dhow__subcmd__network__subcmd__connect_commands] )) ||
_dhow__subcmd__network__subcmd__connect_commands() {
    local commands; commands=()
    _describe -t commands 'dhow network connect commands' commands "$@"
}
(( $+functions[_dhow__subcmd__network__subcmd__create_commands] )) ||
_dhow__subcmd__network__subcmd__create_commands() {
    local commands; commands=()
    _describe -t commands 'dhow network create commands' commands "$@"
}
(( $+functions[_dhow__subcmd__network__subcmd__disconnect_commands] )) ||
_dhow__subcmd__network__subcmd__disconnect_commands() {
    local commands; commands=()
    _describe -t commands 'dhow network disconnect commands' commands "$@"
}
(( $+functions[_dhow__subcmd__network__subcmd__exists_commands] )) ||
_dhow__subcmd__network__subcmd__exists_commands() {
    local commands; commands=()
    _describe -t commands 'dhow network exists commands' commands "$@"
}
(( $+functions[_dhow__subcmd__network__subcmd__inspect_commands] )) ||
_dhow__subcmd__network__subcmd__inspect_commands() {
    local commands; commands=()
    _describe -t commands 'dhow network inspect commands' commands "$@"
}
(( $+functions[_dhow__subcmd__network__subcmd__ls_commands] )) ||
_dhow__subcmd__network__subcmd__ls_commands() {
    local commands; commands=()
    _describe -t commands 'dhow network ls commands' commands "$@"
}
(( $+functions[_dhow__subcmd__network__subcmd__prune_commands] )) ||
_dhow__subcmd__network__subcmd__prune_commands() {
    local commands; commands=()
    _describe -t commands 'dhow network prune commands' commands "$@"
}
(( $+functions[_dhow__subcmd__network__subcmd__reload_commands] )) ||
_dhow__subcmd__network__subcmd__reload_commands() {
    local commands; commands=()
    _describe -t commands 'dhow network reload commands' commands "$@"
}
(( $+functions[_dhow__subcmd__network__subcmd__rm_commands] )) ||
_dhow__subcmd__network__subcmd__rm_commands() {
    local commands; commands=()
    _describe -t commands 'dhow network rm commands' commands "$@"
}
(( $+functions[_dhow__subcmd__network__subcmd__update_commands] )) ||
_dhow__subcmd__network__subcmd__update_commands() {
    local commands; commands=()
    _describe -t commands 'dhow network update commands' commands "$@"
}
(( $+functions[_dhow__subcmd__oci_commands] )) ||
_dhow__subcmd__oci_commands() {
    local commands; commands=(
'create:Make a container from a bundle; its program waits for \`start\`' \
'delete:Remove a container that has ended' \
'events:Print events or statistics of a container' \
'exec:Run a further program in a container' \
'features:Print what this runtime can do, as JSON' \
'kill:Send a signal to a container'\''s first process' \
'list:List containers' \
'pause:Stop all processes of a container for a while' \
'ps:List the processes of a container' \
'resume:Let the processes of a paused container go on' \
'run:Make a container from a bundle and run its program' \
'spec:Write a Spec to start a bundle with' \
'start:Let the program of a created container run' \
'state:Print the state of a container, as JSON' \
'update:Change the limits of a container' \
    )
    _describe -t commands 'dhow oci commands' commands "$@"
}
(( $+functions[_dhow__subcmd__oci__subcmd__create_commands] )) ||
_dhow__subcmd__oci__subcmd__create_commands() {
    local commands; commands=()
    _describe -t commands 'dhow oci create commands' commands "$@"
}
(( $+functions[_dhow__subcmd__oci__subcmd__delete_commands] )) ||
_dhow__subcmd__oci__subcmd__delete_commands() {
    local commands; commands=()
    _describe -t commands 'dhow oci delete commands' commands "$@"
}
(( $+functions[_dhow__subcmd__oci__subcmd__events_commands] )) ||
_dhow__subcmd__oci__subcmd__events_commands() {
    local commands; commands=()
    _describe -t commands 'dhow oci events commands' commands "$@"
}
(( $+functions[_dhow__subcmd__oci__subcmd__exec_commands] )) ||
_dhow__subcmd__oci__subcmd__exec_commands() {
    local commands; commands=()
    _describe -t commands 'dhow oci exec commands' commands "$@"
}
(( $+functions[_dhow__subcmd__oci__subcmd__features_commands] )) ||
_dhow__subcmd__oci__subcmd__features_commands() {
    local commands; commands=()
    _describe -t commands 'dhow oci features commands' commands "$@"
}
(( $+functions[_dhow__subcmd__oci__subcmd__kill_commands] )) ||
_dhow__subcmd__oci__subcmd__kill_commands() {
    local commands; commands=()
    _describe -t commands 'dhow oci kill commands' commands "$@"
}
(( $+functions[_dhow__subcmd__oci__subcmd__list_commands] )) ||
_dhow__subcmd__oci__subcmd__list_commands() {
    local commands; commands=()
    _describe -t commands 'dhow oci list commands' commands "$@"
}
(( $+functions[_dhow__subcmd__oci__subcmd__pause_commands] )) ||
_dhow__subcmd__oci__subcmd__pause_commands() {
    local commands; commands=()
    _describe -t commands 'dhow oci pause commands' commands "$@"
}
(( $+functions[_dhow__subcmd__oci__subcmd__ps_commands] )) ||
_dhow__subcmd__oci__subcmd__ps_commands() {
    local commands; commands=()
    _describe -t commands 'dhow oci ps commands' commands "$@"
}
(( $+functions[_dhow__subcmd__oci__subcmd__resume_commands] )) ||
_dhow__subcmd__oci__subcmd__resume_commands() {
    local commands; commands=()
    _describe -t commands 'dhow oci resume commands' commands "$@"
}
(( $+functions[_dhow__subcmd__oci__subcmd__run_commands] )) ||
_dhow__subcmd__oci__subcmd__run_commands() {
    local commands; commands=()
    _describe -t commands 'dhow oci run commands' commands "$@"
}
(( $+functions[_dhow__subcmd__oci__subcmd__spec_commands] )) ||
_dhow__subcmd__oci__subcmd__spec_commands() {
    local commands; commands=()
    _describe -t commands 'dhow oci spec commands' commands "$@"
}
(( $+functions[_dhow__subcmd__oci__subcmd__start_commands] )) ||
_dhow__subcmd__oci__subcmd__start_commands() {
    local commands; commands=()
    _describe -t commands 'dhow oci start commands' commands "$@"
}
(( $+functions[_dhow__subcmd__oci__subcmd__state_commands] )) ||
_dhow__subcmd__oci__subcmd__state_commands() {
    local commands; commands=()
    _describe -t commands 'dhow oci state commands' commands "$@"
}
(( $+functions[_dhow__subcmd__oci__subcmd__update_commands] )) ||
_dhow__subcmd__oci__subcmd__update_commands() {
    local commands; commands=()
    _describe -t commands 'dhow oci update commands' commands "$@"
}
(( $+functions[_dhow__subcmd__pause_commands] )) ||
_dhow__subcmd__pause_commands() {
    local commands; commands=()
    _describe -t commands 'dhow pause commands' commands "$@"
}
(( $+functions[_dhow__subcmd__port_commands] )) ||
_dhow__subcmd__port_commands() {
    local commands; commands=()
    _describe -t commands 'dhow port commands' commands "$@"
}
(( $+functions[_dhow__subcmd__ps_commands] )) ||
_dhow__subcmd__ps_commands() {
    local commands; commands=()
    _describe -t commands 'dhow ps commands' commands "$@"
}
(( $+functions[_dhow__subcmd__pull_commands] )) ||
_dhow__subcmd__pull_commands() {
    local commands; commands=()
    _describe -t commands 'dhow pull commands' commands "$@"
}
(( $+functions[_dhow__subcmd__push_commands] )) ||
_dhow__subcmd__push_commands() {
    local commands; commands=()
    _describe -t commands 'dhow push commands' commands "$@"
}
(( $+functions[_dhow__subcmd__rename_commands] )) ||
_dhow__subcmd__rename_commands() {
    local commands; commands=()
    _describe -t commands 'dhow rename commands' commands "$@"
}
(( $+functions[_dhow__subcmd__restart_commands] )) ||
_dhow__subcmd__restart_commands() {
    local commands; commands=()
    _describe -t commands 'dhow restart commands' commands "$@"
}
(( $+functions[_dhow__subcmd__rm_commands] )) ||
_dhow__subcmd__rm_commands() {
    local commands; commands=()
    _describe -t commands 'dhow rm commands' commands "$@"
}
(( $+functions[_dhow__subcmd__rmi_commands] )) ||
_dhow__subcmd__rmi_commands() {
    local commands; commands=()
    _describe -t commands 'dhow rmi commands' commands "$@"
}
(( $+functions[_dhow__subcmd__run_commands] )) ||
_dhow__subcmd__run_commands() {
    local commands; commands=()
    _describe -t commands 'dhow run commands' commands "$@"
}
(( $+functions[_dhow__subcmd__save_commands] )) ||
_dhow__subcmd__save_commands() {
    local commands; commands=()
    _describe -t commands 'dhow save commands' commands "$@"
}
(( $+functions[_dhow__subcmd__search_commands] )) ||
_dhow__subcmd__search_commands() {
    local commands; commands=()
    _describe -t commands 'dhow search commands' commands "$@"
}
(( $+functions[_dhow__subcmd__serve_commands] )) ||
_dhow__subcmd__serve_commands() {
    local commands; commands=()
    _describe -t commands 'dhow serve commands' commands "$@"
}
(( $+functions[_dhow__subcmd__start_commands] )) ||
_dhow__subcmd__start_commands() {
    local commands; commands=()
    _describe -t commands 'dhow start commands' commands "$@"
}
(( $+functions[_dhow__subcmd__stats_commands] )) ||
_dhow__subcmd__stats_commands() {
    local commands; commands=()
    _describe -t commands 'dhow stats commands' commands "$@"
}
(( $+functions[_dhow__subcmd__stop_commands] )) ||
_dhow__subcmd__stop_commands() {
    local commands; commands=()
    _describe -t commands 'dhow stop commands' commands "$@"
}
(( $+functions[_dhow__subcmd__system_commands] )) ||
_dhow__subcmd__system_commands() {
    local commands; commands=(
'check:Check that everything that is kept is whole, and mend it' \
'df:Show how much is kept, and how much of it nobody needs' \
'events:Show what happens to containers and images, as it happens' \
'info:Show what is there and what it runs on' \
'migrate:Bring what an older dhow has written to the form of this one' \
'prune:Remove what nobody uses\: containers that have ended, networks, images' \
'reset:Remove everything\: containers, images, networks and volumes' \
    )
    _describe -t commands 'dhow system commands' commands "$@"
}
(( $+functions[_dhow__subcmd__system__subcmd__check_commands] )) ||
_dhow__subcmd__system__subcmd__check_commands() {
    local commands; commands=()
    _describe -t commands 'dhow system check commands' commands "$@"
}
(( $+functions[_dhow__subcmd__system__subcmd__df_commands] )) ||
_dhow__subcmd__system__subcmd__df_commands() {
    local commands; commands=()
    _describe -t commands 'dhow system df commands' commands "$@"
}
(( $+functions[_dhow__subcmd__system__subcmd__events_commands] )) ||
_dhow__subcmd__system__subcmd__events_commands() {
    local commands; commands=()
    _describe -t commands 'dhow system events commands' commands "$@"
}
(( $+functions[_dhow__subcmd__system__subcmd__info_commands] )) ||
_dhow__subcmd__system__subcmd__info_commands() {
    local commands; commands=()
    _describe -t commands 'dhow system info commands' commands "$@"
}
(( $+functions[_dhow__subcmd__system__subcmd__migrate_commands] )) ||
_dhow__subcmd__system__subcmd__migrate_commands() {
    local commands; commands=()
    _describe -t commands 'dhow system migrate commands' commands "$@"
}
(( $+functions[_dhow__subcmd__system__subcmd__prune_commands] )) ||
_dhow__subcmd__system__subcmd__prune_commands() {
    local commands; commands=()
    _describe -t commands 'dhow system prune commands' commands "$@"
}
(( $+functions[_dhow__subcmd__system__subcmd__reset_commands] )) ||
_dhow__subcmd__system__subcmd__reset_commands() {
    local commands; commands=()
    _describe -t commands 'dhow system reset commands' commands "$@"
}
(( $+functions[_dhow__subcmd__tag_commands] )) ||
_dhow__subcmd__tag_commands() {
    local commands; commands=()
    _describe -t commands 'dhow tag commands' commands "$@"
}
(( $+functions[_dhow__subcmd__top_commands] )) ||
_dhow__subcmd__top_commands() {
    local commands; commands=()
    _describe -t commands 'dhow top commands' commands "$@"
}
(( $+functions[_dhow__subcmd__unmount_commands] )) ||
_dhow__subcmd__unmount_commands() {
    local commands; commands=()
    _describe -t commands 'dhow unmount commands' commands "$@"
}
(( $+functions[_dhow__subcmd__unpause_commands] )) ||
_dhow__subcmd__unpause_commands() {
    local commands; commands=()
    _describe -t commands 'dhow unpause commands' commands "$@"
}
(( $+functions[_dhow__subcmd__unshare_commands] )) ||
_dhow__subcmd__unshare_commands() {
    local commands; commands=()
    _describe -t commands 'dhow unshare commands' commands "$@"
}
(( $+functions[_dhow__subcmd__untag_commands] )) ||
_dhow__subcmd__untag_commands() {
    local commands; commands=()
    _describe -t commands 'dhow untag commands' commands "$@"
}
(( $+functions[_dhow__subcmd__update_commands] )) ||
_dhow__subcmd__update_commands() {
    local commands; commands=()
    _describe -t commands 'dhow update commands' commands "$@"
}
(( $+functions[_dhow__subcmd__version_commands] )) ||
_dhow__subcmd__version_commands() {
    local commands; commands=()
    _describe -t commands 'dhow version commands' commands "$@"
}
(( $+functions[_dhow__subcmd__volume_commands] )) ||
_dhow__subcmd__volume_commands() {
    local commands; commands=(
'create:Make a volume' \
'exists:Tell by the exit code whether there is a volume\: 0 or 1' \
'export:Write the files of a volume to a tar archive' \
'import:Put the files of a tar archive into a volume' \
'inspect:Show all that is known of volumes, as JSON' \
'ls:List volumes' \
'list:List volumes' \
'prune:Remove volumes without a name that no container has' \
'rm:Remove volumes' \
'remove:Remove volumes' \
'update:Change the labels of a volume' \
    )
    _describe -t commands 'dhow volume commands' commands "$@"
}
(( $+functions[_dhow__subcmd__volume__subcmd__create_commands] )) ||
_dhow__subcmd__volume__subcmd__create_commands() {
    local commands; commands=()
    _describe -t commands 'dhow volume create commands' commands "$@"
}
(( $+functions[_dhow__subcmd__volume__subcmd__exists_commands] )) ||
_dhow__subcmd__volume__subcmd__exists_commands() {
    local commands; commands=()
    _describe -t commands 'dhow volume exists commands' commands "$@"
}
(( $+functions[_dhow__subcmd__volume__subcmd__export_commands] )) ||
_dhow__subcmd__volume__subcmd__export_commands() {
    local commands; commands=()
    _describe -t commands 'dhow volume export commands' commands "$@"
}
(( $+functions[_dhow__subcmd__volume__subcmd__import_commands] )) ||
_dhow__subcmd__volume__subcmd__import_commands() {
    local commands; commands=()
    _describe -t commands 'dhow volume import commands' commands "$@"
}
(( $+functions[_dhow__subcmd__volume__subcmd__inspect_commands] )) ||
_dhow__subcmd__volume__subcmd__inspect_commands() {
    local commands; commands=()
    _describe -t commands 'dhow volume inspect commands' commands "$@"
}
(( $+functions[_dhow__subcmd__volume__subcmd__ls_commands] )) ||
_dhow__subcmd__volume__subcmd__ls_commands() {
    local commands; commands=()
    _describe -t commands 'dhow volume ls commands' commands "$@"
}
(( $+functions[_dhow__subcmd__volume__subcmd__prune_commands] )) ||
_dhow__subcmd__volume__subcmd__prune_commands() {
    local commands; commands=()
    _describe -t commands 'dhow volume prune commands' commands "$@"
}
(( $+functions[_dhow__subcmd__volume__subcmd__rm_commands] )) ||
_dhow__subcmd__volume__subcmd__rm_commands() {
    local commands; commands=()
    _describe -t commands 'dhow volume rm commands' commands "$@"
}
(( $+functions[_dhow__subcmd__volume__subcmd__update_commands] )) ||
_dhow__subcmd__volume__subcmd__update_commands() {
    local commands; commands=()
    _describe -t commands 'dhow volume update commands' commands "$@"
}
(( $+functions[_dhow__subcmd__wait_commands] )) ||
_dhow__subcmd__wait_commands() {
    local commands; commands=()
    _describe -t commands 'dhow wait commands' commands "$@"
}

if [ "$funcstack[1]" = "_dhow" ]; then
    _dhow "$@"
else
    compdef _dhow dhow
fi
