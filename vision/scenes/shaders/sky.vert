#version 330 core
uniform mat4 to_world; // clip to world direction
out vec3 direction;
void main() {
    vec2 corner = vec2(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0);
    direction = (to_world * vec4(corner, 1.0, 0.0)).xyz;
    gl_Position = vec4(corner, 1.0, 1.0);
}
