package delegation

import (
	"sync"

	"github.com/taperid/taper/internal/multikey"
)

// keptMost is how many links a verifier keeps.
const keptMost = 1 << 14

// keptLinks remembers links that were verified together with their whole prefix
// by the rules whose answer cannot change: 2, 4, 5, 6, 8, 10 and 11 (4 only for
// issuers whose key is their name). Never a verdict: time, depth, status, policy
// and the invocation are looked at every time.
//
// A link is kept under the digest of its exact bytes. It names its parent by such
// a digest (rule 6), so a kept leaf pins every link above it; that the bytes
// presented are those is compared byte for byte.
type keptLinks struct {
	mu    sync.RWMutex
	nodes map[string]*keptNode
	order []string // ring of digests, in the order they came
	next  int
}

// keptNode is a kept link and its parent.
type keptNode struct {
	link   *link
	parent *keptNode
	depth  int // links above it
}

// prefix returns the links of the longest prefix of raws that is kept.
func (k *keptLinks) prefix(raws []string) []*link {
	k.mu.RLock()
	empty := len(k.nodes) == 0
	k.mu.RUnlock()
	if empty {
		return nil
	}
	for n := len(raws); n > 0; n-- {
		if len(raws[n-1]) > MaxLinkBytes {
			continue
		}
		digest := multikey.Digest([]byte(raws[n-1]))
		k.mu.RLock()
		node := k.nodes[digest]
		k.mu.RUnlock()
		if node != nil && node.depth == n-1 {
			if links := node.match(raws[:n]); links != nil {
				return links
			}
		}
	}
	return nil
}

// match returns the links from the root to the node if raws are their bytes.
func (node *keptNode) match(raws []string) []*link {
	links := make([]*link, len(raws))
	for i := len(raws) - 1; i >= 0; i-- {
		if node == nil || node.link.raw != raws[i] {
			return nil
		}
		links[i], node = node.link, node.parent
	}
	return links
}

// keep remembers the links after the first known ones, which are kept already or
// were a moment ago.
func (k *keptLinks) keep(links []*link, known int) {
	if known == len(links) {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.nodes == nil {
		k.nodes = make(map[string]*keptNode)
	}
	var parent *keptNode
	for i, l := range links {
		node := k.nodes[l.digest]
		if node == nil || node.parent != parent {
			node = &keptNode{l, parent, i}
			k.put(l.digest, node)
		}
		parent = node
	}
}

// put adds a node; the oldest one leaves when there is no room.
func (k *keptLinks) put(digest string, node *keptNode) {
	if k.nodes[digest] == nil {
		if len(k.order) < keptMost {
			k.order = append(k.order, digest)
		} else {
			delete(k.nodes, k.order[k.next])
			k.order[k.next] = digest
			k.next = (k.next + 1) % keptMost
		}
	}
	k.nodes[digest] = node
}
