package audit

import (
	"strings"
	"sync"

	"github.com/taperid/taper/did"
)

// maxKeys bounds the keys that are remembered.
const maxKeys = 1 << 16

// keys remembers the keys of agents by their text, so that of the many entries of one
// agent only the first has its key taken apart. A nil one remembers nothing.
type keys struct {
	mu   sync.RWMutex
	read map[string]did.Key
}

func newKeys() *keys { return &keys{read: make(map[string]did.Key)} }

func (k *keys) parse(text string) (did.Key, error) {
	if k == nil {
		return did.ParseKey(text)
	}
	k.mu.RLock()
	key, ok := k.read[text]
	k.mu.RUnlock()
	if ok {
		return key, nil
	}
	key, err := did.ParseKey(text)
	if err != nil {
		return key, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.read) < maxKeys {
		k.read[strings.Clone(text)] = key
	}
	return key, nil
}
