//! A list of things that come and go, of which there may be thousands: each costs its own size and no more.

#[derive(Debug)]
pub struct Places<T> {
    /// With the upper half of its number.
    places: Vec<Option<(u32, T)>>,
    free: Vec<u32>,
    /// How many there have been.
    past: u32,
}

impl<T> Default for Places<T> {
    fn default() -> Self {
        Self { places: Vec::new(), free: Vec::new(), past: 0 }
    }
}

impl<T> Places<T> {
    /// The number that the next one will have, of at most 60 bits. No two that are near in time have the same: what is left over for one that
    /// has gone is not taken for another's.
    pub fn vacant(&self) -> u64 {
        let place = self.free.last().map_or(self.places.len() as u64, |place| u64::from(*place));
        u64::from(self.past) << 32 | place
    }

    /// The number is [`Self::vacant`]'s.
    pub fn insert(&mut self, thing: T) {
        let entry = Some((self.past, thing));
        self.past = (self.past + 1) & (u32::MAX >> 4);
        match self.free.pop() {
            Some(place) => self.places[place as usize] = entry,
            None => self.places.push(entry),
        }
    }

    pub fn get_mut(&mut self, number: u64) -> Option<&mut T> {
        match self.places.get_mut(place(number))? {
            Some((past, thing)) if u64::from(*past) == number >> 32 => Some(thing),
            _ => None,
        }
    }

    pub fn remove(&mut self, number: u64) -> Option<T> {
        self.get_mut(number)?;
        let thing = self.places[place(number)].take().map(|(_, thing)| thing);
        self.free.push(place(number) as u32);
        if self.free.len() == self.places.len() {
            // What many have taken is given back.
            (self.places, self.free) = (Vec::new(), Vec::new());
        }
        thing
    }

    pub fn iter(&self) -> impl Iterator<Item = (u64, &T)> {
        let numbered = self.places.iter().zip(0u64..);
        numbered.filter_map(|(entry, place)| {
            entry.as_ref().map(|(past, thing)| (u64::from(*past) << 32 | place, thing))
        })
    }
}

fn place(number: u64) -> usize {
    (number & u64::from(u32::MAX)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_taken_for_who_was_there_before() {
        let mut places = Places::default();
        let add = |places: &mut Places<char>, thing| {
            let number = places.vacant();
            places.insert(thing);
            number
        };
        let [a, b] = ['a', 'b'].map(|thing| add(&mut places, thing));
        assert_eq!(places.remove(a), Some('a'));
        assert_eq!((places.remove(a), places.get_mut(a)), (None, None));
        let c = add(&mut places, 'c');
        assert_eq!((places.places.len(), places.get_mut(c)), (2, Some(&mut 'c')));
        assert_eq!(places.get_mut(a), None, "it is another's place now");
        assert_eq!(places.iter().collect::<Vec<_>>(), [(c, &'c'), (b, &'b')]);
        for number in [b, c] {
            assert!(places.remove(number).is_some());
        }
        assert_eq!((places.places.capacity(), places.free.capacity()), (0, 0), "memory is given back");
        let d = add(&mut places, 'd');
        assert!(![a, b, c].contains(&d) && places.get_mut(a).is_none());
        assert!(d < 1 << 60);
    }
}
