#version 330 core
invariant gl_Position;
uniform mat4 light;
in vec3 in_pos;
in vec2 in_uv;
in float in_layer;
out vec2 uv;
flat out float layer;
void main() {
    uv = in_uv;
    layer = in_layer;
    gl_Position = light * vec4(in_pos, 1.0);
}
