package packed

// Preset is the text that chains are packed after.
const Preset = preset
