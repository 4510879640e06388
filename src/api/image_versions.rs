//! What clients of each version of the API are told of images: fields that came and went (Engine API version history).

use serde_json::{Map, Value, json};

use super::version::ApiVersion;

/// An entry of a list (ImageSummary).
pub fn summary(image: &mut Value, version: ApiVersion) {
    if version < ApiVersion(44) {
        image["VirtualSize"] = image["Size"].clone();
    }
    let nameless = ["RepoTags", "RepoDigests"].iter().all(|f| image[f].as_array().is_none_or(Vec::is_empty));
    if version < ApiVersion(43) && nameless {
        image["RepoTags"] = json!(["<none>:<none>"]);
        image["RepoDigests"] = json!(["<none>@<none>"]);
    }
}

/// All of an image (ImageInspect).
pub fn inspect(image: &mut Value, version: ApiVersion) {
    if version < ApiVersion(44) {
        image["VirtualSize"] = image["Size"].clone();
        if image["Created"].is_null() {
            image["Created"] = "0001-01-01T00:00:00Z".into();
        }
    }
    if version < ApiVersion(48)
        && let Some(fields) = image.as_object_mut()
    {
        fields.shift_remove("Descriptor");
    }
    if let Some(config) = image["Config"].as_object_mut() {
        complete(config, version);
    }
    // Of the container that the image was made in. Gone since 1.45, but docker-compose 1.29 takes the newest version and looks there for
    // the image's volumes.
    image["Container"] = "".into();
    image["ContainerConfig"] = if image["Config"].is_null() { json!({}) } else { image["Config"].clone() };
}

/// Fields that are told when the image doesn't have them, too, and until 1.49 some of containers, which no image has.
fn complete(config: &mut Map<String, Value>, version: ApiVersion) {
    let of_images = json!({
        "Cmd": null, "Entrypoint": null, "Env": null, "Labels": null, "OnBuild": null, "User": "", "Volumes": null, "WorkingDir": "",
    });
    let of_containers = json!({
        "AttachStderr": false, "AttachStdin": false, "AttachStdout": false, "Domainname": "", "Hostname": "", "Image": "",
        "OpenStdin": false, "StdinOnce": false, "Tty": false,
    });
    let told = [(of_images, true), (of_containers, version < ApiVersion(50))];
    for (fields, _) in told.iter().filter(|(_, is_told)| *is_told) {
        for (field, value) in fields.as_object().into_iter().flatten() {
            if !config.contains_key(field) {
                config.insert(field.clone(), value.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_come_and_go() {
        let image = json!({"Size": 5, "Descriptor": {}, "Config": {"Cmd": ["x"]}});
        let of = |version| {
            let mut value = image.clone();
            inspect(&mut value, ApiVersion(version));
            value
        };
        let has = |version, pointer: &str| of(version).pointer(pointer).is_some();
        for (field, first, last) in [
            ("/VirtualSize", 24, 43),
            ("/Created", 24, 43),
            ("/Descriptor", 48, 51),
            ("/Config/Hostname", 24, 49),
            ("/Config/Tty", 24, 49),
            ("/Config/Labels", 24, 51),
        ] {
            let seen: Vec<u16> = (24..=51).filter(|v| has(*v, field)).collect();
            assert_eq!(seen, (first..=last).collect::<Vec<_>>(), "{field}");
        }
        assert_eq!(of(51)["Config"]["Cmd"], json!(["x"]));
        let mut nameless = json!({"RepoTags": [], "RepoDigests": [], "Size": 1});
        summary(&mut nameless, ApiVersion(43));
        assert_eq!(nameless["RepoTags"], json!([]));
        summary(&mut nameless, ApiVersion(42));
        assert_eq!(
            (&nameless["RepoTags"][0], &nameless["RepoDigests"][0]),
            (&json!("<none>:<none>"), &json!("<none>@<none>"))
        );
    }
}
