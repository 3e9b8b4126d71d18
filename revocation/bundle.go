package revocation

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"sync"
	"unicode/utf8"

	"github.com/taperid/taper/internal/strictjson"
)

// maxBundle bounds a bundle that is read, and maxBundleLists its lists.
const (
	maxBundle      = 64 << 20
	maxBundleLists = 4096
)

// Bundle is a [Source] that holds list credentials in memory, by URL: what a
// verifier without a network is given, and what an [Issuer] publishes. It checks
// nothing but bounds, since whoever uses a list verifies it. The zero Bundle is
// empty and ready; a Bundle is safe for concurrent use.
type Bundle struct {
	mu    sync.RWMutex
	lists map[string][]byte // nil: retired
}

// NewBundle returns an empty Bundle.
func NewBundle() *Bundle { return new(Bundle) }

// Add puts in a list credential, in place of an earlier one of that URL. The
// bytes are copied. What no file could hold is ErrList, ErrURL or ErrSize.
func (b *Bundle) Add(url string, list []byte) error {
	if err := checkURL(url); err != nil {
		return err
	}
	if len(list) > maxListBytes {
		return fmt.Errorf("%w: %d bytes for %s, at most %d", ErrSize, len(list), url, maxListBytes)
	}
	if !utf8.Valid(list) || len(list) > 0 && list[0] == '{' && !json.Valid(list) {
		return fmt.Errorf("%w: neither text nor JSON, for %s", ErrList, url)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.lists == nil {
		b.lists = make(map[string][]byte)
	}
	b.lists[url] = append([]byte{}, list...)
	return nil
}

// Retire takes a list out for good: whoever asks for it is told ErrRetired. No
// file keeps that.
func (b *Bundle) Retire(url string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.lists == nil {
		b.lists = make(map[string][]byte)
	}
	b.lists[url] = nil
}

// List implements [Source]. A URL that is not there is ErrMissing.
func (b *Bundle) List(_ context.Context, url string) ([]byte, error) {
	b.mu.RLock()
	list, ok := b.lists[url]
	b.mu.RUnlock()
	if !ok {
		return nil, fmt.Errorf("%w: %.120q is not in the bundle", ErrMissing, url)
	}
	if list == nil {
		return nil, fmt.Errorf("%w: %.120q", ErrRetired, url)
	}
	return list, nil
}

// All returns the lists in the order of their URLs. The caller must not change
// their bytes.
func (b *Bundle) All() iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		b.mu.RLock()
		lists := maps.Clone(b.lists)
		b.mu.RUnlock()
		for _, url := range slices.Sorted(maps.Keys(lists)) {
			if list := lists[url]; list != nil && !yield(url, list) {
				return
			}
		}
	}
}

// ReadBundle reads a bundle: one strict JSON object of at most 64 MiB whose names
// are URLs and whose values are list credentials, a compact JWS as a string or any
// other credential as an object.
func ReadBundle(r io.Reader) (*Bundle, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxBundle+1))
	if err != nil {
		return nil, fmt.Errorf("revocation: read bundle: %w", err)
	}
	if len(data) > maxBundle {
		return nil, fmt.Errorf("%w: a bundle of more than %d bytes", ErrSize, maxBundle)
	}
	b, n := NewBundle(), 0
	err = strictjson.Read(data, maxBundle, func(r *strictjson.Reader) error {
		return r.Object(func(url string) error {
			if n++; n > maxBundleLists {
				return fmt.Errorf("%w: more than %d lists in a bundle", ErrSize, maxBundleLists)
			}
			list, err := readBundled(r)
			if err != nil {
				return fmt.Errorf("%w: bundle: %.120q: %w", ErrList, url, err)
			}
			return b.Add(url, list)
		})
	})
	if err != nil {
		return nil, listError(err)
	}
	return b, nil
}

func readBundled(r *strictjson.Reader) ([]byte, error) {
	switch r.Kind() {
	case '"':
		s, err := r.String()
		return []byte(s), err
	case '{':
		return r.Raw()
	}
	return nil, fmt.Errorf("want a string or an object")
}

// WriteTo implements [io.WriterTo]: it writes what ReadBundle reads, in the order
// of the URLs.
func (b *Bundle) WriteTo(w io.Writer) (int64, error) {
	out := []byte("{")
	for url, list := range b.All() {
		if len(out) > 1 {
			out = append(out, ',')
		}
		name, _ := json.Marshal(url)
		out = append(append(append(out, "\n  "...), name...), ": "...)
		if len(list) == 0 || list[0] != '{' {
			list, _ = json.Marshal(string(list))
		}
		out = append(out, list...)
	}
	n, err := w.Write(append(out, "\n}\n"...))
	return int64(n), err
}
