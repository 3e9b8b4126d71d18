package didweb

import (
	"sync"
	"time"

	"github.com/taperid/taper/did"
)

// kept are the documents that need not be fetched again yet.
type kept struct {
	maxAge time.Duration
	max    int
	now    func() time.Time

	mu    sync.Mutex
	byDID map[did.DID]entry
}

// entry is a document and when it was asked for: a server may take its time to
// answer, and the document is as old as that.
type entry struct {
	doc   *did.Document
	asked time.Time
}

// get returns the document of d, unless it is too old, or from the future, which is
// the past of a clock that was set back.
func (k *kept) get(d did.DID) (*did.Document, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	e, ok := k.byDID[d]
	return e.doc, ok && k.fresh(e)
}

func (k *kept) fresh(e entry) bool {
	age := k.now().Sub(e.asked)
	return age >= 0 && age < k.maxAge
}

// put keeps a document. Where there is no room it takes that of one which is too
// old, or of the oldest.
func (k *kept) put(doc *did.Document, asked time.Time) {
	d := doc.ID
	k.mu.Lock()
	defer k.mu.Unlock()
	if old, ok := k.byDID[d]; ok && old.asked.After(asked) && k.fresh(old) {
		return // a slower fetch of something older
	}
	if _, ok := k.byDID[d]; !ok && len(k.byDID) >= k.max {
		k.makeRoom()
	}
	k.byDID[d] = entry{doc, asked}
}

func (k *kept) makeRoom() {
	var oldest did.DID
	for d, e := range k.byDID {
		if !k.fresh(e) {
			delete(k.byDID, d)
		} else if oldest.IsZero() || e.asked.Before(k.byDID[oldest].asked) {
			oldest = d
		}
	}
	if len(k.byDID) >= k.max {
		delete(k.byDID, oldest)
	}
}
