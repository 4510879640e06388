//! Which commands there are: `dhow NAME` and the noun forms `dhow image NAME`, `dhow container NAME`.

use super::Entry;
use super::boot::Boot;
use super::completion::Completion;
use super::container;
use super::events::Events;
use super::hello::Hello;
use super::image;
use super::login::{Login, Logout};
use super::network;
use super::serve::Serve;
use super::system;
use super::unshare::Unshare;
use super::version::{Doctor, Info, Version};
use super::volume;

pub(crate) const COMMANDS: &[Entry] = &[
    Entry::group("builder", "Manage the build cache", system::BUILDER),
    Entry::group("container", "Manage containers", CONTAINER),
    Entry::of::<container::Attach>(),
    Entry::of::<Boot>(),
    Entry::of::<container::Commit>(),
    Entry::of::<container::Cp>(),
    Entry::of::<container::Create>(),
    Entry::of::<container::Diff>(),
    Entry::of::<Events>(),
    Entry::of::<container::Exec>(),
    Entry::of::<container::Export>(),
    Entry::of::<container::Inspect>(),
    Entry::of::<container::Kill>(),
    Entry::of::<container::Logs>(),
    Entry::of::<container::Mount>(),
    Entry::of::<container::Pause>(),
    Entry::of::<container::Port>(),
    Entry::of::<container::Ps>(),
    Entry::of::<container::Rename>(),
    Entry::of::<container::Restart>(),
    Entry::of::<container::Rm>(),
    Entry::of::<container::Run>(),
    Entry::of::<container::Start>(),
    Entry::of::<container::Stats>(),
    Entry::of::<container::Stop>(),
    Entry::of::<container::Top>(),
    Entry::of::<container::Unmount>(),
    Entry::of::<container::Unpause>(),
    Entry::of::<Unshare>(),
    Entry::of::<container::Update>(),
    Entry::of::<container::Wait>(),
    Entry::group(
        "healthcheck",
        "Check the health of containers",
        &[Entry::of::<container::HealthcheckRun>()],
    ),
    Entry::group("image", "Manage images", image::ENTRIES),
    Entry::of::<image::History>(),
    Entry::of::<image::List>(),
    Entry::of::<image::Import>(),
    Entry::of::<image::Load>(),
    Entry::group("network", "Manage networks", network::ENTRIES),
    Entry::of::<Login>(),
    Entry::of::<Logout>(),
    Entry::of::<image::Pull>(),
    Entry::of::<image::Push>(),
    Entry::of::<image::Remove>(),
    Entry::of::<image::Save>(),
    Entry::of::<image::Search>(),
    Entry::of::<Serve>(),
    Entry::group("system", "Manage all of dhow's storage", system::ENTRIES),
    Entry::of::<image::Tag>(),
    Entry::of::<image::Untag>(),
    Entry::of::<Info>(),
    Entry::of::<Doctor>(),
    Entry::of::<Version>(),
    Entry::group("volume", "Manage volumes", volume::ENTRIES),
    Entry::of::<Completion>(),
    Entry::of::<Hello>(),
];

const CONTAINER: &[Entry] = &[
    Entry::of::<container::Attach>(),
    Entry::of::<container::Commit>(),
    Entry::of::<container::Cp>(),
    Entry::of::<container::Create>(),
    Entry::of::<container::Diff>(),
    Entry::of::<container::Exec>(),
    Entry::of::<container::Export>(),
    Entry::of::<container::ContainerInspect>(),
    Entry::of::<container::Kill>(),
    Entry::of::<container::Logs>(),
    Entry::of::<container::Mount>(),
    Entry::named::<container::Ps>("ls", &["list", "ps"]),
    Entry::of::<container::Pause>(),
    Entry::of::<container::Port>(),
    Entry::of::<container::Prune>(),
    Entry::of::<container::Rename>(),
    Entry::of::<container::Restart>(),
    Entry::named::<container::Rm>("rm", &["remove"]),
    Entry::of::<container::Run>(),
    Entry::of::<container::Start>(),
    Entry::of::<container::Stats>(),
    Entry::of::<container::Stop>(),
    Entry::of::<container::Top>(),
    Entry::of::<container::Unmount>(),
    Entry::of::<container::Unpause>(),
    Entry::of::<container::Update>(),
    Entry::of::<container::Wait>(),
];
