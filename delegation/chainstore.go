package delegation

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/multikey"
)

// The bounds of a ChainStore, in bytes of links as they travel. What was read of
// a link takes a few times as much.
const (
	storeBytes = 16 << 20  // where nothing else is said
	storeLeast = 256 << 10 // of each root, however many there are
)

// storeSweep is how often at most a store looks for expired links to forget.
const storeSweep = time.Minute

// ChainStore holds the links that a verifier verified together with their whole
// prefix, by digest: so that a known chain costs no signature but the
// invocation's, and so that a caller may name a chain that it sent before.
//
// What is kept are the answers that cannot change, of rules 2, 4 (for issuers
// whose key is their name), 5, 6, 8, 10 and 11; never a verdict. Time, depth,
// status, roots, policy and the invocation are looked at every time.
//
// Only chains of the verifier's anchors are kept, so strangers fill nothing. Each
// anchor has an equal part. Of that the links below one link, with itself, have at
// most three quarters, of those the links below one of them three quarters again,
// and so on; a link that does not fit drives out the oldest links of its own
// issuer under the same parent, or is not kept. So what one agent mints, or lets
// others mint under it, never takes the place of what another one minted.
type ChainStore struct {
	most   int64
	taken  atomic.Bool
	shards [storeShards]storeShard // read by every verification

	mu    sync.Mutex // of all below, and before that of a shard
	roots map[did.DID]*storeRoot
}

// storeShards is how many parts the index has, so that readers on many cores do
// not share one lock.
const storeShards = 32

type storeShard struct {
	mu    sync.RWMutex
	nodes map[string]*storeNode
}

// storeRoot is what one anchor has.
type storeRoot struct {
	storeNode
	swept time.Time
}

// storeNode is a kept link. Its link and parent never change; the rest is the
// store's.
type storeNode struct {
	link     *link
	parent   *storeNode // nil above the first link
	children []*storeNode
	size     int64 // bytes of this link and all below
	most     int64 // bound of size
}

// NewChainStore returns a store of at most maxBytes bytes of links, as they travel
// (0: 16 MiB), but of 256 KiB for each anchor at the least. It is for one
// verifier: what is inside its anchors' ceilings may not be inside another's.
func NewChainStore(maxBytes int64) *ChainStore {
	if maxBytes <= 0 {
		maxBytes = storeBytes
	}
	s := &ChainStore{most: maxBytes, roots: make(map[did.DID]*storeRoot)}
	for i := range s.shards {
		s.shards[i].nodes = make(map[string]*storeNode)
	}
	return s
}

// open makes the store that of one verifier.
func (s *ChainStore) open(anchors map[did.DID]*Anchor) error {
	if s.taken.Swap(true) {
		return fmt.Errorf("%w: a ChainStore for two verifiers", ErrConfig)
	}
	each := max(s.most/int64(len(anchors)), storeLeast)
	for d := range anchors {
		s.roots[d] = &storeRoot{storeNode: storeNode{most: each}}
	}
	return nil
}

// Find returns the chain whose leaf has this digest, if it is kept. That it is
// says that it was verified once, and nothing of the present.
func (s *ChainStore) Find(digest string) (Chain, bool) {
	node := s.node(digest)
	if node == nil {
		return Chain{}, false
	}
	return Chain{node.chain()}, true
}

// Len returns how many links are kept.
func (s *ChainStore) Len() (n int) {
	for i := range s.shards {
		shard := &s.shards[i]
		shard.mu.RLock()
		n += len(shard.nodes)
		shard.mu.RUnlock()
	}
	return n
}

func (s *ChainStore) shard(digest string) *storeShard {
	// The last characters of a digest are of its hash.
	return &s.shards[digest[len(digest)-2]%storeShards]
}

func (s *ChainStore) node(digest string) *storeNode {
	if len(digest) != multikey.DigestLen {
		return nil
	}
	shard := s.shard(digest)
	shard.mu.RLock()
	defer shard.mu.RUnlock()
	return shard.nodes[digest]
}

// chain returns the links down to a node.
func (node *storeNode) chain() []*link {
	var links []*link
	for n := node; n.parent != nil; n = n.parent {
		links = append(links, n.link)
	}
	for i, j := 0, len(links)-1; i < j; i, j = i+1, j-1 {
		links[i], links[j] = links[j], links[i]
	}
	return links
}

// prefix returns the links of the longest prefix of raws that is kept. A kept link
// names its parent by digest (rule 6) and so pins every link above it; that those
// presented are those kept is compared byte for byte all the same. It returns the
// digests of the texts after them too.
func (s *ChainStore) prefix(raws []string) (links []*link, digests []string) {
	digests = make([]string, len(raws))
	for n := len(raws); n > 0; n-- {
		if len(raws[n-1]) > MaxLinkBytes {
			continue
		}
		digests[n-1] = multikey.DigestText(raws[n-1])
		if node := s.node(digests[n-1]); node != nil {
			if links := node.match(raws[:n]); links != nil {
				return links, digests
			}
		}
	}
	return nil, digests
}

// match returns the links down to the node if raws are their bytes.
func (node *storeNode) match(raws []string) []*link {
	links := make([]*link, len(raws))
	for i := len(raws) - 1; i >= 0; i-- {
		if node.parent == nil || node.link.raw != raws[i] {
			return nil
		}
		links[i], node = node.link, node.parent
	}
	if node.parent != nil {
		return nil // more links above than presented
	}
	return links
}

// keep remembers the links of a chain, of which the first known were kept a moment
// ago.
func (s *ChainStore) keep(links []*link, known int, now time.Time, skew time.Duration) {
	if known == len(links) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	root := s.roots[links[0].issuer]
	if root == nil {
		return
	}
	parent := &root.storeNode
	for _, l := range links {
		node := s.node(l.digest)
		if node == nil {
			if node = s.add(root, parent, l, now.Add(-skew)); node == nil {
				return
			}
		}
		if node.parent != parent {
			return
		}
		parent = node
	}
}

// add keeps one link below a node, or returns nil where there is no room for it.
func (s *ChainStore) add(root *storeRoot, parent *storeNode, l *link, past time.Time) *storeNode {
	node := &storeNode{link: l, parent: parent, size: int64(len(l.raw)), most: parent.most / 4 * 3}
	if node.size > node.most {
		return nil
	}
	if parent.lacks(node.size) > 0 && root.sweeps(past) {
		s.forgetExpired(&root.storeNode, past)
		if parent.parent != nil && s.node(parent.link.digest) != parent {
			return nil // it went too
		}
	}
	if !s.makeRoom(parent, node.size) {
		return nil
	}
	parent.children = append(parent.children, node)
	parent.grow(node.size)
	shard := s.shard(l.digest)
	shard.mu.Lock()
	shard.nodes[l.digest] = node
	shard.mu.Unlock()
	return node
}

// makeRoom forgets the oldest links below a node until n bytes more fit there, if
// that can be done.
func (s *ChainStore) makeRoom(node *storeNode, n int64) bool {
	lack := node.lacks(n)
	for _, child := range node.children {
		if lack <= 0 {
			break
		}
		lack -= child.size
	}
	if lack > 0 {
		return false
	}
	for node.lacks(n) > 0 {
		s.forget(node.children[0])
		node.children[0] = nil
		node.children = node.children[1:]
	}
	return true
}

// lacks returns how many bytes are too few for n more below a node, by its own
// bound or that of one above it.
func (node *storeNode) lacks(n int64) int64 {
	lack := int64(0)
	for ; node != nil; node = node.parent {
		lack = max(lack, node.size+n-node.most)
	}
	return lack
}

func (node *storeNode) grow(n int64) {
	for ; node != nil; node = node.parent {
		node.size += n
	}
}

// sweeps reports whether it is time to look for expired links again.
func (root *storeRoot) sweeps(now time.Time) bool {
	if d := now.Sub(root.swept); d >= 0 && d < storeSweep {
		return false
	}
	root.swept = now
	return true
}

// forgetExpired forgets every link that ended before past: no child outlives its
// parent, so all below it ended too.
func (s *ChainStore) forgetExpired(node *storeNode, past time.Time) {
	kept := node.children[:0]
	for _, child := range node.children {
		if !past.Before(child.link.until) {
			s.forget(child)
			continue
		}
		s.forgetExpired(child, past)
		kept = append(kept, child)
	}
	clear(node.children[len(kept):])
	node.children = kept
}

// forget takes a node and all below it out of the index and its size out of all
// above. Whoever reads it at this moment has links that were verified.
func (s *ChainStore) forget(node *storeNode) {
	node.parent.grow(-node.size)
	s.unlist(node)
}

func (s *ChainStore) unlist(node *storeNode) {
	shard := s.shard(node.link.digest)
	shard.mu.Lock()
	delete(shard.nodes, node.link.digest)
	shard.mu.Unlock()
	for _, child := range node.children {
		s.unlist(child)
	}
}
