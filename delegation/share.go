package delegation

// share is a part of a store's memory. Below it is a part for each link that the
// holder of another one issued, of at most three quarters of that one's: so that no
// agent, with all whom it lets mint, takes what others have. What is counted are
// entries, and the shares themselves but for the topmost. It is its store's to lock.
type share struct {
	name   string
	parent *share // nil: all of it
	below  map[string]*share
	size   int // what is taken, with what is taken below
	most   int
}

// take takes n of the share of a path, and returns it, or nil where there or
// anywhere above is no room. Nothing is made for what is refused.
func (s *share) take(path []string, n int) *share {
	for len(path) > 0 && s.below[path[0]] != nil {
		s, path = s.below[path[0]], path[1:]
	}
	need := n + len(path)
	for above := s; above != nil; above = above.parent {
		if above.size+need > above.most {
			return nil
		}
	}
	for most, i := s.most, 0; i < len(path); i++ {
		if most = most / 4 * 3; need-i > most {
			return nil
		}
	}
	for above := s; above != nil; above = above.parent {
		above.size += need
	}
	for ; len(path) > 0; path = path[1:] {
		child := &share{name: path[0], parent: s, size: need, most: s.most / 4 * 3}
		if s.below == nil {
			s.below = make(map[string]*share)
		}
		s.below[child.name] = child
		s, need = child, need-1
	}
	return s
}

// give gives n back, and with it the shares in which nothing is left.
func (s *share) give(n int) {
	for ; s != nil; s = s.parent {
		s.size -= n
		if s.parent != nil && s.size == 1 {
			delete(s.parent.below, s.name)
			n++
		}
	}
}
