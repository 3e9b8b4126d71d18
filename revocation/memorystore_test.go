package revocation_test

import (
	"testing"

	"github.com/taperid/taper/internal/storetest"
	"github.com/taperid/taper/revocation"
)

func memory() storetest.Open {
	s := new(revocation.MemoryStore)
	return func(testing.TB) revocation.Store { return s }
}

func TestMemoryStore(t *testing.T) { storetest.Run(t, memory()) }

func TestMemoryStoreManyIssuers(t *testing.T) { storetest.Issuers(t, 6, 40, memory()) }
