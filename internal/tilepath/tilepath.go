// Package tilepath writes and reads the paths of C2SP tlog-tiles: tile/L/N,
// tile/entries/N and their partial forms, N in groups of three digits. Each has one
// spelling.
package tilepath

import (
	"fmt"
	"iter"
	"strconv"
	"strings"
)

// Checkpoint is the path of the checkpoint.
const Checkpoint = "checkpoint"

// Width is the number of hashes in a full tile, and of leaves in a full bundle.
const Width = 256

// maxLevel is the highest level that a tree of 2^64 leaves has.
const maxLevel = 7

// Place names a tile, or a bundle of entries.
type Place struct {
	Entries bool
	Level   uint64 // 0 for a bundle
	Index   uint64
	Partial uint8 // how many hashes or leaves; 0: all 256
}

// String returns the path.
func (p Place) String() string {
	var b strings.Builder
	b.WriteString("tile/")
	if p.Entries {
		b.WriteString("entries/")
	} else {
		fmt.Fprintf(&b, "%d/", p.Level)
	}
	b.WriteString(number(p.Index))
	if p.Partial > 0 {
		fmt.Fprintf(&b, ".p/%d", p.Partial)
	}
	return b.String()
}

// number writes n in groups of three digits, an x before each but the last.
func number(n uint64) string {
	text := fmt.Sprintf("%03d", n%1000)
	for n /= 1000; n > 0; n /= 1000 {
		text = fmt.Sprintf("x%03d/", n%1000) + text
	}
	return text
}

// Parse reads a path. What has another spelling than String's is refused.
func Parse(path string) (Place, bool) {
	const maxPath = 64
	rest, ok := strings.CutPrefix(path, "tile/")
	if !ok || len(path) > maxPath {
		return Place{}, false
	}
	var p Place
	rest, partial, isPartial := strings.Cut(rest, ".p/")
	if isPartial {
		n, err := strconv.ParseUint(partial, 10, 8)
		if err != nil || n == 0 {
			return Place{}, false
		}
		p.Partial = uint8(n)
	}
	kind, rest, _ := strings.Cut(rest, "/")
	if p.Entries = kind == "entries"; !p.Entries {
		level, err := strconv.ParseUint(kind, 10, 8)
		if err != nil || level > maxLevel {
			return Place{}, false
		}
		p.Level = level
	}
	index, err := strconv.ParseUint(strings.NewReplacer("x", "", "/", "").Replace(rest), 10, 64)
	if err != nil {
		return Place{}, false
	}
	p.Index = index
	return p, p.String() == path
}

// All yields every tile of a tree of this size, and every bundle before the tile of
// level 0 that has its hashes.
func All(size uint64) iter.Seq[Place] {
	return func(yield func(Place) bool) {
		for level := uint64(0); size>>(8*level) > 0 && level <= maxLevel; level++ {
			have := size >> (8 * level)
			for n := uint64(0); n <= (have-1)/Width; n++ {
				p := Place{Level: level, Index: n, Partial: uint8(min(Width, have-n*Width) % Width)}
				if level == 0 && !yield(Place{true, 0, n, p.Partial}) || !yield(p) {
					return
				}
			}
		}
	}
}
