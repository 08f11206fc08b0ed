package seal

import "fmt"

// Generation counts the keys of one case (or tenant) from 1: rotation adds one.
// It stands in front of what is sealed.
type Generation uint8

// Ring is the keys of one case by generation. The newest seals; each opens what
// it has sealed. A generation whose key is destroyed opens nothing more.
type Ring map[Generation]Key

// Newest is the generation that seals; 0 if there is no key.
func (r Ring) Newest() Generation {
	var newest Generation
	for g, k := range r {
		if g > newest && !k.IsZero() {
			newest = g
		}
	}
	return newest
}

// key is the key of one generation.
func (r Ring) key(g Generation, w Where) (Key, error) {
	if k := r[g]; g != 0 && !k.IsZero() {
		return k, nil
	}
	return Key{}, fmt.Errorf("%s: key of generation %d: %w", w, g, ErrNoKey)
}
