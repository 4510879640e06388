//! End-to-end tests: they drive the real binary, as root and as ordinary users, in throw-away roots.
//!
//! Run as root through `tests/run`, which prepares the machine.
// What the tests share is wider than what today's tests use.
#![allow(dead_code)]

#[macro_use]
mod harness;
mod api_server;
mod bundle;
mod drivers;
mod evil;
mod fixtures;
mod leftovers;
mod probe;
mod registry;
mod requirements;
mod schema;
mod swagger;
mod terminal;
mod userns;
mod users;

mod api;
mod api_abuse;
mod api_cli;
mod api_clients;
mod api_commands;
mod api_differential;
mod api_docker;
mod api_files;
mod api_memory;
mod api_networks;
mod api_schema;
mod api_serving;
mod api_streams;
mod api_versions;
mod cdi;
mod cgroups;
mod checks;
mod command_line;
mod commits;
mod configuration;
mod containers;
mod copies;
mod crashes;
mod devices;
mod doctor;
mod durability;
mod engines;
mod external;
mod firewalls;
mod images;
mod injection;
mod ipv6;
mod lifecycle;
mod links;
mod log_drivers;
mod login;
mod mirrors;
mod mounts;
mod names;
mod namespaces;
mod networks;
mod oci;
mod oci_spec;
mod odd_hosts;
mod ports;
mod power_loss;
mod programs;
mod pull;
mod push;
mod registry_client;
mod relays;
mod root_mounts;
mod sctp;
mod search;
mod seccomp;
mod second_kernel;
mod security;
mod settings;
mod store;
mod streams;
mod systemd;
mod usage;
mod usermode;
mod volumes;
