module github.com/taperid/taper/internal/jsonld/jsongold

go 1.26.0

require (
	github.com/piprate/json-gold v0.9.1
	github.com/stretchr/testify v1.12.1
	github.com/taperid/taper v0.0.0
)

require (
	github.com/cayleygraph/quad v1.3.0 // indirect
	github.com/go-json-experiment/json v1.27.2 // indirect
	github.com/pquerna/cachecontrol v0.2.0 // indirect
	go.yaml.in/yaml/v3 v3.0.5 // indirect
)

replace github.com/taperid/taper => ../../..
