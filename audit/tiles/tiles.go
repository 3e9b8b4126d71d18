// Package tiles serves and reads logs as C2SP tlog-tiles has them: static files with
// fixed paths, over HTTP ([NewHandler], [NewHTTPReader]) or in a folder ([Export],
// [OpenDir]).
//
// A reader bounds what it takes and believes nothing of it; audit.Audit judges. So it
// does not matter whether the log's operator, a mirror or a stranger serves the files.
package tiles

import (
	"fmt"

	"github.com/taperid/taper/audit"
	"github.com/taperid/taper/internal/tilepath"
)

const (
	maxCheckpoint = 128 << 10
	maxTile       = tilepath.Width * 32
	// maxBundle is that of a bundle of the longest leaves that audit takes, twice over:
	// a log may have entries of others.
	maxBundle = 2 * tilepath.Width * (2 + audit.MaxLeaf)
)

// limit is the largest resource of a kind.
func limit(p tilepath.Place) int64 {
	if p.Entries {
		return maxBundle
	}
	return maxTile
}

func tooLong(path string, most int64) error {
	return fmt.Errorf("%w: %s has more than %d bytes", audit.ErrSize, path, most)
}
