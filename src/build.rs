//! For build scripts: writes a kernel into OUT_DIR.
