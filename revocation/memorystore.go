package revocation

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
)

// MemoryStore is a Store that forgets everything when its process ends: entries
// that it gave out are then in lists that grow stale and refuse. The zero
// MemoryStore is empty and ready; it is safe for concurrent use.
type MemoryStore struct {
	mu    sync.Mutex
	lists map[string]*memoryList // by URL
	pools map[string][]*memoryList
}

type memoryList struct {
	StoredList
	values map[uint64]uint8 // those that are not 0
}

// Lists implements [Store].
func (m *MemoryStore) Lists(context.Context) ([]StoredList, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := make([]StoredList, 0, len(m.lists))
	for _, url := range slices.Sorted(maps.Keys(m.lists)) {
		l := m.lists[url].StoredList
		l.Published.Signed = nil
		out = append(out, l)
	}
	return out, nil
}

// Add implements [Store].
func (m *MemoryStore) Add(_ context.Context, list StoredList) error { return m.Restore(list, nil) }

// Restore adds a list with its entries, as Snapshot returned them.
func (m *MemoryStore) Restore(list StoredList, entries []StoredEntry) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	taken := slices.ContainsFunc(m.pools[list.Pool], func(l *memoryList) bool { return l.Number == list.Number })
	if m.lists[list.URL] != nil || taken {
		return fmt.Errorf("%w: there is a list %s, or a number %d of its pool", ErrConflict, list.URL, list.Number)
	}
	l := &memoryList{list, make(map[uint64]uint8, len(entries))}
	for _, e := range entries {
		l.values[e.Index] = e.Value
	}
	if m.lists == nil {
		m.lists, m.pools = make(map[string]*memoryList), make(map[string][]*memoryList)
	}
	m.lists[list.URL] = l
	m.pools[list.Pool] = append(m.pools[list.Pool], l)
	return nil
}

// Reserve implements [Store].
func (m *MemoryStore) Reserve(_ context.Context, pool string) (StoredList, uint64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, l := range m.pools[pool] {
		if first := l.Next; first < l.Room && !l.Retired {
			l.Next = min(first+max(l.Block, 1), l.Room)
			return l.StoredList, first, nil
		}
	}
	return StoredList{}, 0, fmt.Errorf("%w: no list of the pool has room", ErrFull)
}

// Set implements [Store].
func (m *MemoryStore) Set(_ context.Context, changes []Change) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	done := make([]StoredEntry, 0, len(changes)) // the values before
	for i, c := range changes {
		old, err := m.set(c)
		if err != nil {
			for i--; i >= 0; i-- {
				m.lists[changes[i].List].put(done[i])
			}
			return err
		}
		done = append(done, StoredEntry{c.Index, old})
	}
	for i, c := range changes {
		if done[i].Value != c.Value {
			m.lists[c.List].Version++
		}
	}
	return nil
}

// set makes one change, and returns the value before.
func (m *MemoryStore) set(c Change) (uint8, error) {
	l, err := m.live(c.List)
	if err != nil {
		return 0, err
	}
	old := l.values[c.Index]
	if l.Final && c.Value < old {
		return 0, fmt.Errorf("%w: index %d of %s: allocate a new entry", ErrFinal, c.Index, c.List)
	}
	l.put(StoredEntry{c.Index, c.Value})
	return old, nil
}

func (l *memoryList) put(e StoredEntry) {
	if e.Value == 0 {
		delete(l.values, e.Index)
		return
	}
	l.values[e.Index] = e.Value
}

func (m *MemoryStore) live(url string) (*memoryList, error) {
	l := m.lists[url]
	switch {
	case l == nil:
		return nil, fmt.Errorf("%w: no list %.120q", ErrEntry, url)
	case l.Retired:
		return nil, fmt.Errorf("%w: %s", ErrRetired, url)
	}
	return l, nil
}

// Snapshot implements [Store].
func (m *MemoryStore) Snapshot(_ context.Context, url string) (StoredList, []StoredEntry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	l := m.lists[url]
	if l == nil {
		return StoredList{}, nil, fmt.Errorf("%w: no list %.120q", ErrEntry, url)
	}
	entries := make([]StoredEntry, 0, len(l.values))
	for index, value := range l.values {
		entries = append(entries, StoredEntry{index, value})
	}
	return l.StoredList, entries, nil
}

// Publish implements [Store].
func (m *MemoryStore) Publish(_ context.Context, url string, old, next Publication) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	l, err := m.live(url)
	if err != nil {
		return err
	}
	if !l.Published.Same(old) {
		return fmt.Errorf("%w: somebody else published %s", ErrConflict, url)
	}
	next.Signed = bytes.Clone(next.Signed)
	l.Published = next
	return nil
}

// Retire implements [Store].
func (m *MemoryStore) Retire(_ context.Context, url string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	l := m.lists[url]
	if l == nil {
		return fmt.Errorf("%w: no list %.120q", ErrEntry, url)
	}
	l.Retired, l.values, l.Published.Signed = true, nil, nil
	return nil
}
