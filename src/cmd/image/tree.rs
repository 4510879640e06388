//! `dhow image tree`.

use clap::Args;

use crate::cmd::{App, Verb, units};
use crate::engine::images::TreeLayer;
use crate::error::Result;

/// Show the layers of an image as a tree
#[derive(Debug, Args)]
pub(crate) struct Tree {
    #[arg(value_name = "IMAGE")]
    image: String,
    /// Show what other images have on top of its last layer
    #[arg(long)]
    whatrequires: bool,
}

impl Verb for Tree {
    const NAME: &'static str = "tree";
    const ABOUT: &'static str = "Show the layers of an image as a tree";
    const FAILURE: u8 = 125;

    fn run(self, app: &App) -> Result<u8> {
        let tree = app.engine()?.image_tree(&self.image, self.whatrequires)?;
        println!("Image ID: {}", tree.id.short());
        println!("Tags:     [{}]", tree.tags.join(" "));
        println!("Size:     {}", units::size4(tree.size));
        if tree.layers.is_empty() {
            println!("No Image Layers");
            return Ok(0);
        }
        println!("Image Layers");
        // With what requires it, podman begins with the top layer.
        let shown = if self.whatrequires { &tree.layers[tree.layers.len() - 1..] } else { &tree.layers[..] };
        print!("{}", branches(shown, ""));
        Ok(0)
    }
}

/// A line for each layer, with those on top of it below, further to the right.
fn branches(layers: &[TreeLayer], indent: &str) -> String {
    let mut text = String::new();
    for (index, layer) in layers.iter().enumerate() {
        let (branch, below) =
            if index + 1 == layers.len() { ("└── ", "    ") } else { ("├── ", "│   ") };
        let id = layer.chain.get(..12).unwrap_or(&layer.chain);
        let size = units::size4(layer.size);
        let tops = if layer.tags.is_empty() {
            String::new()
        } else {
            format!(" Top Layer of: [{}]", layer.tags.join(" "))
        };
        text += &format!("{indent}{branch}ID: {id} Size: {size:>7}{tops}\n");
        text += &branches(&layer.children, &format!("{indent}{below}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_hang_below_what_they_stand_on() {
        let layer = |chain: &str, size, tags: &[&str], children| TreeLayer {
            chain: chain.repeat(12),
            size,
            tags: tags.iter().map(ToString::to_string).collect(),
            children,
        };
        let top = layer("c", 5, &["two:1", "two:2"], Vec::new());
        let tree = [
            layer("a", 2_127_000, &["one"], vec![top, layer("d", 0, &[], Vec::new())]),
            layer("b", 1, &[], Vec::new()),
        ];
        let text = "├── ID: aaaaaaaaaaaa Size: 2.127MB Top Layer of: [one]\n\
                    │   ├── ID: cccccccccccc Size:      5B Top Layer of: [two:1 two:2]\n\
                    │   └── ID: dddddddddddd Size:      0B\n\
                    └── ID: bbbbbbbbbbbb Size:      1B\n";
        assert_eq!(branches(&tree, ""), text);
    }
}
